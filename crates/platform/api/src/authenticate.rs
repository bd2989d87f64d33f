//! Who stands behind the `Authorization` of a request: a session of `sekisho login`.

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use sekisho_model::{Actor, Peer, SessionId, Timestamp};
use sekisho_policy_enforcement::{Connection, CookieKey, terminal_session};
use sekisho_policy_information::World;
use sekisho_rest::{Asker, Authenticate, Caller};

/// Finds the callers of the API. `activity` receives each request that a live session makes, so that the session does not become idle.
pub fn authenticate(
    cookie_key: CookieKey,
    activity: impl Fn(SessionId, Timestamp) + Send + Sync + 'static,
) -> Authenticate {
    Arc::new(move |headers, peer, world, now| {
        let caller = of_session(credential(headers)?, &cookie_key, peer, world, now)?;
        if let Some(asker) = &caller.asker {
            activity(asker.session.id, now);
        }
        Some(caller)
    })
}

/// The one bearer credential of a request. A request with two names nobody.
fn credential(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (scheme, credential) = all.next()?.to_str().ok()?.split_once(' ')?;
    (all.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| credential.trim())
}

fn of_session(credential: &str, key: &CookieKey, peer: &Peer, world: &World, now: Timestamp) -> Option<Caller> {
    let connection = Connection { peer: peer.address, server_name: None, device: peer.device.clone() };
    let session = terminal_session(credential, &connection, key, world, now)?;
    let device = world.device_of(peer.device.as_ref(), &session, now);
    let actor = Actor::User(world.id(session.subject).to_string());
    Some(Caller { actor, asker: Some(Asker { session, device, limit: None }) })
}
