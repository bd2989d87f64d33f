//! Questions over HTTPS (RFC 8484): `GET` and `POST`, with the device's certificate or with a token in the path.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::Peer;
use serde::Deserialize;

use crate::question::LONGEST;
use crate::{Asker, Resolver};

const MESSAGE: &str = "application/dns-message";

/// The service on the resolver's own host. Each request carries the extension [`Peer`].
pub fn https(resolver: Resolver) -> Router {
    Router::new()
        .route("/dns-query", get(ask_by_device).post(tell_by_device))
        .route("/dns-query/{token}", get(ask_by_token).post(tell_by_token))
        .with_state(resolver)
}

#[derive(Deserialize)]
struct Asked {
    dns: String,
}

async fn ask_by_device(
    State(resolver): State<Resolver>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<Asked>,
) -> Response {
    let asker = by_device(&resolver, &peer);
    answer(&resolver, asker, &peer, decoded(&asked)).await
}

async fn tell_by_device(
    State(resolver): State<Resolver>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let asker = by_device(&resolver, &peer);
    tell(&resolver, asker, &peer, request).await
}

async fn ask_by_token(
    State(resolver): State<Resolver>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    answer(&resolver, resolver.by_token(&token), &peer, decoded(&asked)).await
}

async fn tell_by_token(
    State(resolver): State<Resolver>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    tell(&resolver, resolver.by_token(&token), &peer, request).await
}

fn by_device(resolver: &Resolver, peer: &Peer) -> Option<Asker> {
    peer.device.as_ref().and_then(|device| resolver.by_device(device))
}

fn decoded(asked: &Asked) -> Result<Vec<u8>, StatusCode> {
    if asked.dns.len() > LONGEST.div_ceil(3) * 4 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    URL_SAFE_NO_PAD.decode(&asked.dns).map_err(|_| StatusCode::BAD_REQUEST)
}

/// A message in a body. Nothing of it is read for somebody who is not known.
async fn tell(resolver: &Resolver, asker: Option<Asker>, peer: &Peer, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let message = match &asker {
        None => Err(StatusCode::FORBIDDEN),
        Some(_) => body_of(&parts.headers, body).await,
    };
    answer(resolver, asker, peer, message).await
}

async fn body_of(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, StatusCode> {
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes() != MESSAGE.as_bytes()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    to_bytes(body, LONGEST).await.map(Into::into).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

async fn answer(
    resolver: &Resolver,
    asker: Option<Asker>,
    peer: &Peer,
    message: Result<Vec<u8>, StatusCode>,
) -> Response {
    // INVARIANT I-50: who is not known gets no answer, and learns nothing of the question.
    let Some(asker) = asker else { return StatusCode::FORBIDDEN.into_response() };
    let message = match message {
        Ok(message) => message,
        Err(status) => return status.into_response(),
    };
    match resolver.answer(&asker, peer.address.ip().to_canonical(), &message).await {
        // Whether somebody may have an answer is decided each time, which no cache on the way does.
        Some(answer) => ([(CONTENT_TYPE, MESSAGE), (CACHE_CONTROL, "no-store")], answer).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}
