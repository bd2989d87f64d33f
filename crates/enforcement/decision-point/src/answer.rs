//! Answers: head and body, never stored by anybody.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use sekisho_gateway::DecisionAnswer;

/// A response without trailers.
pub(crate) const fn plain(response: Response<Bytes>) -> DecisionAnswer {
    DecisionAnswer { response, trailers: None }
}

/// A JSON document.
pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> DecisionAnswer {
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Bytes::from(body.to_string());
    plain(response)
}

/// A response without body.
pub(crate) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Sets a field, where its value is one.
pub(crate) fn set(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
