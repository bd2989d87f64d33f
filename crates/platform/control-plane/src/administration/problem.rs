//! Refusals of the administration API as RFC 9457 problem documents.

use axum::Json;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::ApplyError;
use crate::acts::ActRefusal;
use crate::acts::tokens::TokenActRefusal;

/// The media type of a problem document.
const PROBLEM: &str = "application/problem+json";
/// The longest reason in bytes that is taken over from a refusal of the router; a longer one is left out.
const REASON_LIMIT: usize = 8 * 1024;

/// A refusal with its status.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    title: String,
    problems: Vec<String>,
}

impl Problem {
    /// What was asked for is not there.
    pub(crate) fn not_found(title: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::NOT_FOUND, title: title.to_string(), problems: Vec::new() }
    }

    /// What was asked is wrong.
    pub(crate) fn wrong(title: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::BAD_REQUEST, title: title.to_string(), problems: Vec::new() }
    }

    /// Something of ours failed.
    pub(crate) fn failed(title: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, title: title.to_string(), problems: Vec::new() }
    }
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        let title = error.to_string();
        match error {
            ApplyError::Documents(problems) => {
                let problems = problems.iter().map(ToString::to_string).collect();
                Self { status: StatusCode::BAD_REQUEST, title, problems }
            }
            ApplyError::World(problems) => Self { status: StatusCode::BAD_REQUEST, title, problems },
            ApplyError::Conflict(_) | ApplyError::Protected(_) => {
                Self { status: StatusCode::CONFLICT, title, problems: Vec::new() }
            }
            ApplyError::OwnAccount(_) => Self { status: StatusCode::FORBIDDEN, title, problems: Vec::new() },
            ApplyError::Failed(_) => Self::failed(title),
        }
    }
}

impl From<ActRefusal> for Problem {
    fn from(refusal: ActRefusal) -> Self {
        let status = match &refusal {
            ActRefusal::OwnAccount | ActRefusal::TokenOverOwner => StatusCode::FORBIDDEN,
            ActRefusal::Token(refusal) => of_token(refusal),
            ActRefusal::NoUser(_) | ActRefusal::NoDevice(_) | ActRefusal::NoSession(_) => StatusCode::NOT_FOUND,
            ActRefusal::Conflict(_) => StatusCode::CONFLICT,
            ActRefusal::Identity(_) | ActRefusal::Devices(_) => StatusCode::BAD_REQUEST,
            ActRefusal::Damaged(_) | ActRefusal::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, title: refusal.to_string(), problems: Vec::new() }
    }
}

/// The status of a refusal to make or revoke a token.
const fn of_token(refusal: &TokenActRefusal) -> StatusCode {
    match refusal {
        TokenActRefusal::NotAPerson | TokenActRefusal::NotYours(_) | TokenActRefusal::RoleNotHeld { .. } => {
            StatusCode::FORBIDDEN
        }
        TokenActRefusal::NoUser(_) | TokenActRefusal::NoToken(_) => StatusCode::NOT_FOUND,
        TokenActRefusal::Taken(_) | TokenActRefusal::TooMany(_) => StatusCode::CONFLICT,
        TokenActRefusal::Disabled(_) | TokenActRefusal::NoSuchPart(_) | TokenActRefusal::Wrong(_) => {
            StatusCode::BAD_REQUEST
        }
        TokenActRefusal::NoRandomness | TokenActRefusal::Change(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<sekisho_store::StoreError> for Problem {
    fn from(error: sekisho_store::StoreError) -> Self {
        Self::failed(error)
    }
}

/// Turns a refusal that did not come from a handler (no such route, wrong method, a body that cannot be read) into a problem document.
pub(super) async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let text = to_bytes(response.into_body(), REASON_LIMIT).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let reason = status.canonical_reason().unwrap_or("refused");
    let title = if text.trim().is_empty() { reason.to_lowercase() } else { text.trim().to_owned() };
    let mut response = Problem { status, title, problems: Vec::new() }.into_response();
    if let Some(allowed) = allowed {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Json(json!({ "title": self.title, "status": self.status.as_u16(), "problems": self.problems }));
        (self.status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response()
    }
}
