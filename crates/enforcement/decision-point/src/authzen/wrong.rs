//! Calls that cannot be answered: which field is wrong, and how.

use std::fmt::Display;

use http::StatusCode;
use sekisho_gateway::DecisionAnswer;
use sekisho_policy_enforcement::Refusal;
use serde_json::json;

use crate::answer;

/// Why a call has no answer.
#[derive(Debug)]
pub(super) struct Wrong {
    status: StatusCode,
    detail: String,
}

impl Wrong {
    pub(super) fn too_long() -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, detail: "the body is longer than 256 KiB".to_owned() }
    }

    pub(super) fn field(field: &str, problem: &dyn Display) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: format!("`{field}`: {problem}") }
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::field(field, &"is missing: give it here, or for all evaluations at once")
    }

    pub(super) fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        Self::field(&error.path().to_string(), error.inner())
    }

    pub(super) fn answer(&self) -> DecisionAnswer {
        let title = if self.status.is_client_error() { "wrong request" } else { "no decision can be made now" };
        answer::json(self.status, &json!({ "title": title, "status": self.status.as_u16(), "detail": self.detail }))
    }
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self { status: refusal.status(), detail: refusal.kind().code().to_owned() }
    }
}
