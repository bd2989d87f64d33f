//! The terminal's own session: which it is, and its end.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use sekisho_model::documents::SessionEnd;
use sekisho_model::{Actor, Peer, SessionFacts};
use sekisho_policy_enforcement::{Connection, terminal_session};
use serde_json::json;

use crate::{Terminal, answers};

/// `GET /session`.
pub(crate) async fn show(
    State(terminal): State<Terminal>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let Some(session) = live(&terminal, peer, &headers) else { return answers::no_session() };
    let world = terminal.site.world.borrow().clone();
    let value = json!({
        "user": world.id(session.subject).to_string(),
        "session": session.id.short(),
        "device": session.device.map(|device| world.id(device).to_string()),
        "expires_at": session.expires_at,
    });
    answers::json(StatusCode::OK, &value)
}

/// `POST /sign-out`.
pub(crate) async fn end(
    State(terminal): State<Terminal>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let Some(session) = live(&terminal, peer, &headers) else { return answers::no_session() };
    let site = &terminal.site;
    let actor = Actor::User(site.world.borrow().id(session.subject).to_string());
    match terminal.identity.end(&session.id, SessionEnd::SignedOut, actor, (site.clock)()).await {
        Ok(ended) => {
            site.shows_session(session.id, None).await;
            answers::json(StatusCode::OK, &json!({ "ended": ended }))
        }
        Err(_) => answers::unavailable(),
    }
}

/// The live session that a request's credential stands for, on the connection of the key that it is bound to.
pub(crate) fn live(terminal: &Terminal, peer: Peer, headers: &HeaderMap) -> Option<Arc<SessionFacts>> {
    let mut credentials = headers.get_all(AUTHORIZATION).iter();
    let credential = credentials.next()?.to_str().ok()?.strip_prefix("Bearer ")?;
    let site = &terminal.site;
    let (world, now) = (site.world.borrow().clone(), (site.clock)());
    let connection = Connection { peer: peer.address, server_name: None, device: peer.device };
    let session = terminal_session(credential, &connection, &site.cookie_key, &world, now)?;
    (site.activity)(session.id, now);
    Some(session)
}
