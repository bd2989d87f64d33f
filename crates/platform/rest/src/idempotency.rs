//! Requests that are sent again: with an `Idempotency-Key`, what was done is not done twice.
//!
//! The first request with a key leaves a one-time document: a marker while it is under way, and its answer afterwards, for a day. A second
//! one with the same key and the same content gets that answer. The documents are sealed, as all one-time documents are, and an answer that
//! holds a secret is not kept.

use aws_lc_rs::digest;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use sekisho_capability::ChangeError;
use sekisho_model::documents::Kind;
use sekisho_model::{Span, Timestamp};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};

use crate::{Call, Problem, limits};

/// How long an answer is kept.
const KEPT: Span = Span::from_minutes(24 * 60);
/// How long a request may be under way before another with its key may start: the process that ran it is gone by then.
const UNDER_WAY: Span = Span::from_minutes(5);
/// The longest answer in bytes that is kept.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Marks a response that holds a secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldsSecret;

/// What is kept of a request.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Hexadecimal SHA-256 of method, path and body.
    content: String,
    /// When it is forgotten, in milliseconds.
    until: Timestamp,
    /// The answer; absent while the request is under way.
    answer: Option<KeptAnswer>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    /// The header fields that are kept.
    headers: Vec<(String, String)>,
    /// The body; absent when it held a secret or was too long.
    body: Option<String>,
}

/// Runs the handler, unless this very request was answered before.
///
/// `keeps` says whether the answer may be kept for a repeated request.
pub(crate) async fn answer<S>(call: &Call<S>, request: Request, next: Next, keeps: bool) -> Response {
    let key = match key(&request) {
        Ok(None) => return next.run(request).await,
        Ok(Some(key)) => key,
        Err(problem) => return problem.into_response(),
    };
    match keyed(call, &key, request, next, keeps).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

/// The key of a request that may change something.
fn key(request: &Request) -> Result<Option<String>, Problem> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    let Some(value) = request.headers().get(limits::KEY_FIELD) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| !text.is_empty() && text.len() <= limits::KEY);
    let wrong = || Problem::wrong(format_args!("`Idempotency-Key` is 1 to {} printable ASCII characters", limits::KEY));
    text.map(|text| Some(text.to_owned())).ok_or_else(wrong)
}

async fn keyed<S>(call: &Call<S>, key: &str, request: Request, next: Next, keeps: bool) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let too_large = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is too large");
    let body = to_bytes(body, limits::FOLDER).await.map_err(too_large)?;
    let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let content = digest_of(&[head.method.as_str().as_bytes(), path.as_bytes(), &body]);
    let id = format!("idempotency-{}", digest_of(&[call.actor()?.to_string().as_bytes(), key.as_bytes()]));
    let revision = match begin(call, &id, &content).await? {
        Begun::Before(response) => return Ok(response),
        Begun::Now(revision) => revision,
    };
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if response.status().is_success() {
        let response = if keeps { response } else { unkept(response) };
        return keep(call, &id, content, revision, response).await;
    }
    if response.status().is_client_error() {
        // Nothing was done, so the same key may be used again. After a failure of ours that is not known: the marker stays until it ends.
        forget(call, &id, revision).await.map_err(Problem::failed)?;
    }
    Ok(response)
}

fn unkept(mut response: Response) -> Response {
    response.extensions_mut().insert(HoldsSecret);
    response
}

/// What the key says of a request.
enum Begun {
    /// It was answered, or is under way.
    Before(Response),
    /// It begins now: the revision of its marker.
    Now(u64),
}

async fn begin<S>(call: &Call<S>, id: &str, content: &str) -> Result<Begun, Problem> {
    let mut expected = Expected::New;
    if let Some(document) = call.rest.changes.store().get(Kind::OneTime, id).await? {
        let kept: Kept = serde_json::from_value(document.body).map_err(Problem::failed)?;
        if kept.until > call.now {
            return before(kept, content).map(Begun::Before);
        }
        expected = Expected::Revision(document.revision);
    }
    let marker = Kept { content: content.to_owned(), until: call.now.plus(UNDER_WAY), answer: None };
    match write(call, id, expected, &marker).await {
        Ok(revision) => Ok(Begun::Now(revision)),
        Err(ChangeError::Conflict { .. }) => Err(under_way()),
        Err(error) => Err(Problem::failed(error)),
    }
}

fn under_way() -> Problem {
    Problem::conflict("a request with this `Idempotency-Key` is under way: wait for its answer, then repeat")
}

fn before(kept: Kept, content: &str) -> Result<Response, Problem> {
    if kept.content != content {
        let title = "this `Idempotency-Key` was used for another request: use a new key for each";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", title));
    }
    let answer = kept.answer.ok_or_else(under_way)?;
    let Some(body) = answer.body else {
        let title =
            "the request with this `Idempotency-Key` was done; its answer held a secret or was long, and was not kept";
        return Err(Problem::new(StatusCode::CONFLICT, "done-before", title));
    };
    let mut response = (StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK), body).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// Keeps the answer, and gives it.
async fn keep<S>(
    call: &Call<S>,
    id: &str,
    content: String,
    revision: u64,
    response: Response,
) -> Result<Response, Problem> {
    let holds_secret = response.extensions().get::<HoldsSecret>().is_some();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Problem::failed)?;
    let text = std::str::from_utf8(&body).ok().filter(|text| !holds_secret && text.len() <= ANSWER_LIMIT);
    let kept = |name: &HeaderName| Some((name.to_string(), head.headers.get(name)?.to_str().ok()?.to_owned()));
    let answer = KeptAnswer {
        status: head.status.as_u16(),
        headers: [CONTENT_TYPE, ETAG, LOCATION].iter().filter_map(kept).collect(),
        body: text.map(ToOwned::to_owned),
    };
    let kept = Kept { content, until: call.now.plus(KEPT), answer: Some(answer) };
    if let Err(error) = write(call, id, Expected::Revision(revision), &kept).await {
        // It was done, and the caller must learn so; a repeated request meets the marker until that expires.
        tracing::warn!(%error, "the answer of a request with an idempotency key was not kept");
    }
    Ok(Response::from_parts(head, Body::from(body)))
}

/// Removes the marker of this very request.
async fn forget<S>(call: &Call<S>, id: &str, revision: u64) -> Result<(), ChangeError> {
    let delete = Write::Delete { kind: Kind::OneTime, id: id.to_owned(), expected: Expected::Revision(revision) };
    match call.rest.changes.maintain(vec![delete], call.now).await {
        // Somebody else's by now.
        Ok(_) | Err(ChangeError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn write<S>(call: &Call<S>, id: &str, expected: Expected, kept: &Kept) -> Result<u64, ChangeError> {
    // A value of these types is always JSON.
    let body = serde_json::to_value(kept).unwrap_or_default();
    let write = Write::Put { kind: Kind::OneTime, id: id.to_owned(), expected, body };
    call.rest.changes.maintain(vec![write], call.now).await
}

/// Hexadecimal SHA-256 of parts, each with its length before it.
fn digest_of(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    hex::encode(context.finish())
}
