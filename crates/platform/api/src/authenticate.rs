//! Who stands behind the `Authorization` of a request: a session of `sekisho login`, or an API token.

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use sekisho_api_tokens::TokenUses;
use sekisho_model::{Actor, Peer, SessionId, Timestamp};
use sekisho_policy_enforcement::{Connection, CookieKey, terminal_session};
use sekisho_policy_information::World;
use sekisho_rest::{Asker, Authenticate, Caller};

/// How every API token begins.
const TOKEN: &str = "sekisho_";

/// Finds the callers of the API. `activity` receives each request that a live session makes, so that the session does not become idle;
/// `uses` notes when a token was last used.
pub fn authenticate(
    cookie_key: CookieKey,
    uses: TokenUses,
    activity: impl Fn(SessionId, Timestamp) + Send + Sync + 'static,
) -> Authenticate {
    Arc::new(move |headers, peer, world, now| {
        let credential = credential(headers)?;
        if credential.starts_with(TOKEN) {
            let token = sekisho_api_tokens::authenticate(credential, world, now).ok()?;
            uses.note(&token, peer.address.ip(), now);
            return Some(Caller { actor: token.actor(), asker: Asker::Token(token) });
        }
        let caller = of_session(credential, &cookie_key, peer, world, now)?;
        if let Some(session) = caller.session() {
            activity(session.id, now);
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
    Some(Caller { actor, asker: Asker::Session { session, device } })
}
