//! Why an event is not taken, with the codes of RFC 8935 (section 2.4).

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use sekisho_capability::ChangeError;
use sekisho_model::documents::Kind;
use sekisho_rest::Problem;
use serde_json::json;

/// Why an event is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such transmitter, or its events do not count.
    NoTransmitter,
    /// It cannot be read, or a rule about its form does not hold.
    Malformed(&'static str),
    /// It is older than the transmitter's events may be, or from the future.
    Untimely(&'static str),
    /// No key of the transmitter signed it, or by no algorithm that counts.
    Key(&'static str),
    /// It is another issuer's.
    Issuer,
    /// It is for another audience.
    Audience,
    /// It was taken by another delivery at the same time.
    Repeated,
    /// A part that the answer depends on does not work now: the transmitter sends it again.
    Unavailable(String),
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict { kind: Kind::OneTime, .. } => Self::Repeated,
            other => Self::unavailable(other),
        }
    }
}

impl Refusal {
    /// The code of the error.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoTransmitter => "access_denied",
            Self::Malformed(_) | Self::Untimely(_) | Self::Repeated | Self::Unavailable(_) => "invalid_request",
            Self::Key(_) => "invalid_key",
            Self::Issuer => "invalid_issuer",
            Self::Audience => "invalid_audience",
        }
    }

    /// What is wrong, for people.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::NoTransmitter => "there is no such transmitter, or its events do not count".to_owned(),
            Self::Malformed(rule) | Self::Untimely(rule) | Self::Key(rule) => (*rule).to_owned(),
            Self::Issuer => "the token is of another issuer".to_owned(),
            Self::Audience => "the token is for another audience".to_owned(),
            Self::Repeated => "the event was received before".to_owned(),
            Self::Unavailable(_) => "a part of the platform does not work now: send the event again".to_owned(),
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NoTransmitter => StatusCode::FORBIDDEN,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// A part failed: the log says which.
    pub(crate) fn unavailable(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "an event of a transmitter could not be taken");
        Self::Unavailable(error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        answer(self.status(), self.code(), &self.text())
    }
}

/// A refusal of the API's own, such as of a body that is too large.
pub(crate) fn in_form(problem: &Problem) -> Response {
    answer(problem.status(), "invalid_request", problem.title())
}

fn answer(status: StatusCode, code: &str, text: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CONTENT_LANGUAGE, HeaderValue::from_static("en")),
    ];
    (status, headers, json!({ "err": code, "description": text }).to_string()).into_response()
}
