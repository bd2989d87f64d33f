//! Why a SCIM request is not answered (RFC 7644, 3.12).

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use sekisho_capability::ChangeError;
use sekisho_rest::Problem;
use serde_json::json;

/// The media type of every answer.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScimError {
    pub(crate) status: StatusCode,
    /// The kind of error, where RFC 7644 names one.
    pub(crate) kind: Option<&'static str>,
    /// What is wrong, for people.
    pub(crate) detail: String,
}

impl ScimError {
    pub(crate) fn new(status: StatusCode, kind: Option<&'static str>, detail: impl std::fmt::Display) -> Self {
        Self { status, kind, detail: detail.to_string() }
    }

    /// A wrong request, of a kind that RFC 7644 names.
    pub(crate) fn wrong(kind: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(kind), detail)
    }

    /// A value that is missing or of the wrong type.
    pub(crate) fn value(detail: impl std::fmt::Display) -> Self {
        Self::wrong("invalidValue", detail)
    }

    pub(crate) fn not_found(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, None, detail)
    }

    /// What no token may do by provisioning.
    pub(crate) fn forbidden(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, None, detail)
    }

    /// Another resource has this already.
    pub(crate) fn taken(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, Some("uniqueness"), detail)
    }

    /// A part that the answer depends on does not work. The log says which.
    pub(crate) fn failed(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a provisioning request failed");
        let detail = "a part that the answer depends on failed; the log of the platform says which";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, detail)
    }
}

impl From<ChangeError> for ScimError {
    fn from(error: ChangeError) -> Self {
        match error {
            conflict @ ChangeError::Conflict { .. } => Self::new(StatusCode::CONFLICT, None, conflict),
            other => Self::failed(other),
        }
    }
}

impl From<sekisho_store::StoreError> for ScimError {
    fn from(error: sekisho_store::StoreError) -> Self {
        Self::failed(error)
    }
}

impl From<&Problem> for ScimError {
    fn from(problem: &Problem) -> Self {
        Self::new(problem.status(), None, problem.title())
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let (Some(kind), Some(fields)) = (self.kind, body.as_object_mut()) {
            fields.insert("scimType".to_owned(), kind.into());
        }
        (self.status, [(CONTENT_TYPE, MEDIA_TYPE)], body.to_string()).into_response()
    }
}
