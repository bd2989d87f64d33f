//! Why a program is refused: an error of RFC 6749 or RFC 6750, and what is counted.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use sekisho_capability::{ChangeError, NoEntropy};
use sekisho_store::StoreError;
use serde_json::json;

/// Why a program is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The form is not one of this endpoint.
    Request(&'static str),
    /// The client is unknown, or did not prove itself.
    Client,
    /// The provider did not make the grant.
    GrantType,
    /// The code or refresh token does not count, or no longer.
    Grant,
    /// The access token does not count, or no longer.
    Token,
    /// Too much from one network.
    TooMany,
    /// Something that the answer depends on does not work.
    Unavailable,
}

impl Refusal {
    /// The name of the error, which is counted too.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::Client => "invalid_client",
            Self::GrantType => "unsupported_grant_type",
            Self::Grant => "invalid_grant",
            Self::Token => "invalid_token",
            Self::TooMany => "slow_down",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let (status, description) = match self {
            Self::Request(what) => (StatusCode::BAD_REQUEST, what),
            Self::Client => (StatusCode::UNAUTHORIZED, "no application of that name proves itself so"),
            Self::GrantType => (StatusCode::BAD_REQUEST, "`authorization_code` or `refresh_token`"),
            Self::Grant => (StatusCode::BAD_REQUEST, "it does not count, or no longer: send the person to sign in"),
            Self::Token => (StatusCode::UNAUTHORIZED, "it does not count, or no longer: send the person to sign in"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too many requests: try again in a minute"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "try again soon"),
        };
        let body = json!({ "error": self.name(), "error_description": description });
        let mut response = (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }

    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::Client => Some("Basic realm=\"sekisho\""),
            Self::Token => Some("Bearer error=\"invalid_token\""),
            _ => None,
        }
    }
}

/// What every answer to a program carries beside its body.
pub(crate) const PROTECTION: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("strict-transport-security", "max-age=31536000"),
];

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the provider could not read");
        Self::Unavailable
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        tracing::error!(%error, "the provider could not write");
        Self::Unavailable
    }
}

impl From<NoEntropy> for Refusal {
    fn from(_: NoEntropy) -> Self {
        Self::Unavailable
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(_: serde_json::Error) -> Self {
        Self::Unavailable
    }
}
