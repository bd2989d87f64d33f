//! Signing in from terminals: the OAuth endpoints of the terminals' host (device authorisation, RFC 8628), the terminal's session,
//! and its services. For programs: JSON, no pages.
//!
//! The access token is bound to the device key that the terminal's TLS connection proved (RFC 8705): the server rejects it on a
//! connection with another key or with none.

mod answers;
mod grant;
mod services;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use sekisho_devices::Limiter;
use sekisho_identity::Identity;
use sekisho_model::Span;
use sekisho_web::Site;

/// The seconds that a terminal waits between two polls.
const INTERVAL: i64 = 2;

/// What the handlers work with.
#[derive(Clone)]
struct Terminal {
    site: Site,
    identity: Identity,
    /// Requests per network: each holds two documents for ten minutes.
    asks: Arc<Limiter>,
    /// Polls per device code.
    polls: Arc<Limiter>,
    /// Polls per network, for any device codes.
    guesses: Arc<Limiter>,
}

/// The service behind the terminals' host. Every request must carry the extension [`sekisho_model::Peer`].
pub fn router(site: Site, identity: Identity) -> Router {
    let terminal = Terminal {
        site,
        identity,
        asks: Arc::new(Limiter::new(30, Span::from_seconds(10))),
        // Half a second shorter than `INTERVAL`, because clocks and networks are not exact.
        polls: Arc::new(Limiter::new(1, Span::from_millis(INTERVAL * 1000 - 500))),
        guesses: Arc::new(Limiter::new(300, Span::from_millis(200))),
    };
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(grant::metadata))
        .route("/device_authorization", post(grant::ask))
        .route("/token", post(grant::collect))
        .route("/session", get(session::show))
        .route("/services", get(services::list))
        .route("/sign-out", post(session::end))
        .fallback(|| async { answers::not_found() })
        .method_not_allowed_fallback(|| async { answers::method_not_allowed() })
        .with_state(terminal)
}
