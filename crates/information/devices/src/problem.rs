//! A refusal as an RFC 9457 problem document.

use axum::body::Body;
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use sekisho_model::{Language, RequestId};
use serde_json::json;

use crate::refusal::Refusal;

/// The answer that tells a refusal.
pub(crate) fn answer(refusal: &Refusal, request: Option<&RequestId>, headers: &HeaderMap) -> Response<Body> {
    if let Refusal::Unavailable(error) = refusal {
        tracing::error!(%error, "the device service could not answer");
    }
    let mut body = json!({
        "type": format!("urn:sekisho:problem:{}", refusal.code()),
        "title": refusal.code(),
        "status": refusal.status(),
        "detail": refusal.text().in_language(language(headers)),
        "request_id": request,
    });
    if let (Refusal::NotNext(ticket), Some(members)) = (refusal, body.as_object_mut()) {
        members.insert("next".to_owned(), json!(ticket));
    }
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_answer(status, "application/problem+json", &body);
    if matches!(refusal, Refusal::TooMany) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// A JSON answer that nobody may keep.
pub(crate) fn json_answer(
    status: StatusCode,
    content_type: &'static str,
    body: &impl serde::Serialize,
) -> Response<Body> {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if wanted.trim_start().starts_with("ja") { Language::Japanese } else { Language::English }
}
