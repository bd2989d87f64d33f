//! The terminals' host: signing in by device authorisation (RFC 8628), whoami, signing out. For programs: JSON, no pages.
//!
//! What the terminal gets is bound to the device key that its TLS connection proved (RFC 8705): under another key, and without
//! one, it is nothing.

mod answers;
mod grant;
mod services;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use sekisho_devices::Limiter;
use sekisho_model::Span;

use crate::state::PortalState;

/// How many seconds a terminal waits between two questions.
const INTERVAL: i64 = 2;

/// What the handlers work with.
#[derive(Clone)]
struct Terminal {
    portal: PortalState,
    /// Requests per network: each holds two documents for ten minutes.
    asks: Arc<Limiter>,
    /// Questions per request.
    polls: Arc<Limiter>,
    /// Questions per network, whatever codes they bring.
    guesses: Arc<Limiter>,
}

/// The service behind the terminals' host. Every request must carry the extension [`sekisho_model::Peer`].
pub fn terminal_api(portal: PortalState) -> Router {
    let terminal = Terminal {
        portal,
        asks: Arc::new(Limiter::new(30, Span::from_seconds(10))),
        // Half a second less than what is asked for: clocks and lines are not exact.
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
