//! From a template to a response, under the content security policy of this crate.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::problem::Problem;

/// A rendered page.
pub fn html(template: &impl Template) -> Result<Response, Problem> {
    html_at(StatusCode::OK, template)
}

/// A rendered page with a status.
pub fn html_at(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::Unavailable
    })?;
    Ok((status, [(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// Go there with GET, whatever the method was.
pub fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response(),
        Err(_) => Problem::NotFound.into_response(),
    }
}

/// The response with one more cookie.
pub fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// Hosts that a form of this page may lead to by redirection, beside the portal itself.
#[derive(Debug, Clone)]
pub struct FormTarget(pub String);

/// Every response of this crate carries these, whatever made it.
pub(crate) fn protect(headers: &mut HeaderMap, agent_origin: &str, form_target: Option<&FormTarget>) {
    let form_target = form_target.map(|target| format!(" {}", target.0)).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {agent_origin}; \
         form-action 'self'{form_target}; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
}

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
    ("strict-transport-security", "max-age=31536000"),
];
