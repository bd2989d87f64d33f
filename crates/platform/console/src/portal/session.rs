//! From a proof of who someone is to a session that the next request finds.

use std::time::Duration;

use axum::response::Response;
use sekisho_identity::SignedIn;
use sekisho_model::SessionId;
use sekisho_model::documents::Session;
use sekisho_policy_enforcement::{Audience, SessionCookie};

use crate::answer::with_cookie;
use crate::cookies;
use crate::problem::Problem;
use crate::state::PortalState;
use crate::visit::Visit;

/// How long an answer waits for the World to show what it has just changed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens a session for whoever signed in, or takes the re-authentication into the session there is.
pub(super) async fn open(visit: &Visit, signed_in: SignedIn) -> Result<Session, Problem> {
    let identity = &visit.state.identity;
    let session = match &visit.person {
        Some(person) => identity.elevate(&person.session.id, signed_in, visit.now).await?,
        None => identity.establish(signed_in, visit.peer.address.ip(), &visit.user_agent, visit.now).await?,
    };
    shown(visit, session.id, Some(session.rotation)).await;
    Ok(session)
}

/// The answer with the session's cookie, and without what led to it.
pub(super) fn enter(visit: &Visit, session: &Session, answer: Response) -> Response {
    let cookie = SessionCookie { session: session.id, rotation: session.rotation };
    let answer = with_cookie(answer, &cookie.set(&visit.state.cookie_key, Audience::Portal));
    with_cookie(answer, &cookies::clear(cookies::STEP))
}

/// Waits until the World shows a session at a rotation, or shows it gone; the next request would otherwise meet the old one.
pub(super) async fn shown(visit: &Visit, session: SessionId, rotation: Option<u32>) {
    shown_in(&visit.state, session, rotation).await;
}

/// The same for what is no visit of a browser.
pub(crate) async fn shown_in(state: &PortalState, session: SessionId, rotation: Option<u32>) {
    let mut world = state.world.clone();
    let seen = world.wait_for(|world| world.session(&session).map(|facts| facts.rotation) == rotation);
    if !matches!(tokio::time::timeout(PATIENCE, seen).await, Ok(Ok(_))) {
        tracing::warn!(session = %session.short(), "the snapshot is late in showing a session");
    }
}
