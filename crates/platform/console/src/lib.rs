//! The portal for everybody and the console for administrators: server-rendered pages, in English and Japanese.
//!
//! [`router`] makes the service behind the portal's host, [`PortalState`] is what it works with, [`pages`] are the refusals
//! that the gateway shows on application hosts. Every route is added to one table together with who may use it
//! ([`Access`]); [`routes`] lists it. Nothing here needs a script but passkeys and the device's loopback proof.
//!
//! Read on: [`Access`] (what stands before every handler), then the pages in `portal/` and `console/`.

mod access;
mod answer;
mod assets;
mod console;
mod cookies;
mod device_view;
mod documents;
mod form_key;
mod frame;
mod guard;
mod handoff;
mod messages;
mod negotiation;
mod notice;
mod onward;
mod page;
pub mod pages;
mod portal;
mod problem;
mod random;
mod refused;
mod routes;
mod state;
mod terminal;
mod verdict;
mod visit;
mod wording;

use axum::Router;
use axum::middleware::from_fn_with_state;
use sekisho_model::{Language, Text};

pub use form_key::FormKey;
pub use guard::Access;
pub use handoff::Handover;
pub use negotiation::preferred;
pub use routes::Route;
pub use state::{Activity, PortalState};
pub use terminal::terminal_api;

/// What a code of a reason, a remedy or a cut means, in both languages; `None` for one that is not ours, as a policy's is.
#[must_use]
pub fn code_text(code: &str) -> Option<Text> {
    Some(Text { en: wording::own_codes(code, Language::English)?, ja: wording::own_codes(code, Language::Japanese) })
}

use problem::Problem;
use routes::Routes;

/// The service behind the portal's host. Every request must carry the extension [`sekisho_model::Peer`].
pub fn router(state: PortalState) -> Router {
    table()
        .router
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .layer(from_fn_with_state(state.clone(), frame::frame))
        .with_state(state)
}

/// Every route, with who may use it.
#[must_use]
pub fn routes() -> Vec<Route> {
    table().table
}

fn table() -> Routes {
    [assets::routes, portal::routes, console::routes].into_iter().fold(Routes::new(), |routes, add| add(routes))
}
