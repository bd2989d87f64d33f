//! What terminals are answered: JSON that nobody keeps, and the errors of RFC 6749 and RFC 8628.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

/// An OAuth error by its registered name.
pub(crate) fn error(status: StatusCode, name: &str, description: &str) -> Response {
    json(status, &json!({ "error": name, "error_description": description }))
}

/// What was sent is not a request of this grant.
pub(crate) fn invalid_request(description: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "invalid_request", description)
}

/// Something that the answer depends on does not work.
pub(crate) fn unavailable() -> Response {
    error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again soon")
}

/// Too much from one network.
pub(crate) fn too_many() -> Response {
    error(StatusCode::TOO_MANY_REQUESTS, "slow_down", "too many requests from this network: try again in a minute")
}

/// The certificate that was shown is no enrolled device's: an enforcement point's, or one of a device that was revoked.
pub(crate) fn no_terminal() -> Response {
    let why = "the certificate of this connection is no enrolled device's: enrol this machine, or show none";
    error(StatusCode::UNAUTHORIZED, "invalid_client", why)
}

/// No live session of this terminal speaks.
pub(crate) fn no_session() -> Response {
    error(StatusCode::UNAUTHORIZED, "invalid_token", "no live session of this terminal: run `sekisho login`")
}

pub(crate) fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
}

pub(crate) fn method_not_allowed() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address has another method")
}
