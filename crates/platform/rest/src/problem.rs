//! Why a request is not answered, as an RFC 9457 problem document.

use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use sekisho_model::{Outcome, RequestId};
use sekisho_policy_engine::Decision;
use sekisho_web::verdict::explained;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem document.
const MEDIA_TYPE: &str = "application/problem+json";
/// The longest reason in bytes that is taken over from a refusal of the router; a longer one is left out.
const REASON_LIMIT: usize = 8 * 1024;

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    // A refusal is a small value.
    document: Box<ProblemDocument>,
}

/// A problem document (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// The kind of problem, as a stable code.
    code: String,
    /// What is wrong, in one sentence.
    title: String,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Each fault of what was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    /// Why the policies do not permit it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// What would turn the denial into a permit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remedies: Vec<String>,
    /// The number of the request, under which the record has its decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

impl Problem {
    /// A problem with a status, a stable code and one sentence.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, title: impl std::fmt::Display) -> Self {
        let (code, title) = (code.to_owned(), title.to_string());
        let document = ProblemDocument { code, title, status: status.as_u16(), ..Default::default() };
        Self { status, document: Box::new(document) }
    }

    /// What was asked for is not there.
    #[must_use]
    pub fn not_found(title: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", title)
    }

    /// What was sent is wrong.
    #[must_use]
    pub fn wrong(title: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "wrong-request", title)
    }

    /// Nobody may do this.
    #[must_use]
    pub fn forbidden(title: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", title)
    }

    /// What is there is not as the request expects it.
    #[must_use]
    pub fn conflict(title: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", title)
    }

    /// A part that the answer depends on does not work. The log says which; the caller learns no more.
    #[must_use]
    pub fn failed(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a request to the API failed");
        let title = "a part that the answer depends on failed; the log of the platform says which";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", title)
    }

    /// There is no credential, or nobody live stands behind it.
    pub(crate) fn unauthenticated() -> Self {
        let title = "send `Authorization: Bearer` with an API token, or with the session of `sekisho login`; what was sent, if \
                     anything, is no live credential";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", title)
    }

    /// What the policies do not permit. `needed` names the act, and the action and the part of the platform that it needs; `again` is how
    /// the caller signs in again.
    pub(crate) fn denied(
        decision: &Decision,
        needed: impl std::fmt::Display,
        again: &str,
        language: sekisho_model::Language,
    ) -> Self {
        let mut problem = match decision.kind() {
            Outcome::Challenge => {
                let title = format_args!("{needed}, with a stronger or fresher sign-in: {again}");
                Self::new(StatusCode::UNAUTHORIZED, "insufficient-authentication", title)
            }
            Outcome::Permit | Outcome::Deny => {
                Self::forbidden(format_args!("{needed}, which the policies do not permit"))
            }
        };
        (problem.document.reasons, problem.document.remedies) = explained(decision, language);
        problem
    }

    /// Adds each fault of what was sent.
    #[must_use]
    pub fn with_problems(mut self, problems: Vec<String>) -> Self {
        self.document.problems = problems;
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.document.title
    }

    fn challenge(&self) -> Option<&'static str> {
        match self.document.code.as_str() {
            "unauthenticated" => Some("Bearer"),
            "insufficient-authentication" => Some("Bearer error=\"insufficient_user_authentication\""),
            _ => None,
        }
    }

    fn into_document(mut self, request: Option<&RequestId>) -> Response {
        self.document.request = request.map(ToString::to_string);
        let challenge = self.challenge();
        let media = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        let mut response = (self.status, media, axum::Json(self.document)).into_response();
        // Json sets its own type.
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl From<sekisho_store::StoreError> for Problem {
    fn from(error: sekisho_store::StoreError) -> Self {
        Self::failed(error)
    }
}

/// The outermost layer makes the document, because it knows the number of the request.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks a refusal in the form of the protocol of its route.
#[derive(Debug, Clone, Copy)]
struct InForm;

/// The refusal in the form that its protocol has for it. A refusal that is no [`Problem`] is in that form already.
pub(crate) fn refused_as(form: fn(&Problem) -> Response, mut response: Response) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = form(&problem);
        if let Some(challenge) = problem.challenge() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
    }
    response.extensions_mut().insert(InForm);
    response
}

/// Makes the problem document of a refusal: of a [`Problem`], or of what the router refuses (no such route, wrong method).
pub(crate) async fn documented(mut response: Response, request: Option<&RequestId>) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let document = problem.into_document(request);
        return with_headers(document, response.headers());
    }
    let status = response.status();
    if response.extensions().get::<InForm>().is_some() {
        return response;
    }
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (head, body) = response.into_parts();
    let text = to_bytes(body, REASON_LIMIT).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let code = match status {
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        _ => "wrong-request",
    };
    let reason = status.canonical_reason().unwrap_or("refused").to_lowercase();
    let title = if text.trim().is_empty() { reason } else { text.trim().to_owned() };
    with_headers(Problem::new(status, code, title).into_document(request), &head.headers)
}

/// Keeps what the refusal said in its header fields, such as `Allow`.
fn with_headers(mut response: Response, headers: &http::HeaderMap) -> Response {
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
