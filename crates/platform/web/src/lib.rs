//! What every page of Sekisho is made with: the frame, answers, assets, cookies, forms, messages, and the guard of every route.
//!
//! This crate knows no capability and no identity. A crate of pages contributes one value, [`Pages`]: its [`Routes`], each with who may
//! use it ([`Access`]), its places in the navigation and its texts. [`router`] serves them. A handler takes a [`RequestContext`]: one request, its person, its World and the
//! services of the crate that handles it. A reason not to answer is a [`Problem`], which becomes a page in the reader's language.
//! [`refusal_page`] is the page that the gateway shows on application hosts.
//!
//! Nothing here needs a script but passkeys and the device's loopback proof.
//!
//! Read on: [`Access`] (what every request passes before its handler), then the crates `portal` and `console`.

pub mod access;
pub mod address;
pub mod answer;
mod asset_files;
mod assets;
pub mod chart;
pub mod cookies;
pub mod documents;
mod form_key;
mod frame;
mod guard;
pub mod list;
pub mod messages;
mod navigation;
mod negotiation;
pub mod notice;
pub mod page;
mod pages;
mod problem;
pub mod random;
mod reach;
pub mod refusal_page;
pub mod refused;
mod request_context;
mod routes;
mod site;
mod texts;
mod times;
pub mod verdict;
pub mod wording;

use axum::Router;
use axum::middleware::from_fn_with_state;

pub use form_key::FormKey;
pub use guard::Access;
pub use navigation::{Contents, Group, Place};
pub use negotiation::preferred;
pub use pages::Pages;
pub use problem::Problem;
pub use reach::Reach;
pub use request_context::{Person, RequestContext};
pub use routes::{Route, Routes};
pub use site::{Activity, Site};
pub use texts::Texts;

/// The service behind the portal's host, with the assets and these pages. Every request must carry the extension
/// [`sekisho_model::Peer`].
pub fn router(site: &Site, pages: impl IntoIterator<Item = Routes>) -> Router {
    let all = pages.into_iter().fold(assets::routes(Routes::new()), Routes::merge);
    all.into_router()
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .layer(from_fn_with_state(site.clone(), frame::frame))
}

/// The routes that [`router`] serves beside those of the pages: the assets.
#[must_use]
pub fn asset_routes() -> Vec<Route> {
    assets::routes(Routes::new()).table().to_vec()
}
