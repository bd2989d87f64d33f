//! The REST API over the platform's state.

use axum::Router;
use sekisho_policy_enforcement::CookieKey;
use sekisho_rest::Rest;

use crate::capabilities::{API, State};
use crate::cli::Failure;

/// The service of the API. The portal's host, the terminals' host and the local socket answer it.
pub(super) fn router(state: &State, cookie_key: CookieKey) -> Result<Router, Failure> {
    let activity = state.sessions.activity();
    // A full queue loses the note, never the request; the next request makes it again.
    let note = move |session, at| drop(activity.try_send(vec![(session, at)]));
    let services = &state.services;
    let rest = Rest {
        world: services.world.clone(),
        ledger: services.ledger.clone(),
        changes: services.changes.clone(),
        clock: services.clock.clone(),
        authenticate: sekisho_api::authenticate(cookie_key, state.token_uses.clone(), note),
    };
    sekisho_rest::serve(&rest, sekisho_api::PREFIX, API.iter().map(|api| (api.routes)(state))).map_err(Failure::failed)
}
