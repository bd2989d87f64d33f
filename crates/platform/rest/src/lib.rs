//! What every route of the REST API is made with: who calls, who may, the answers, the problems, and the OpenAPI document.
//!
//! This crate knows no capability. A crate of routes adds them to [`Routes`], each with who may use it ([`Access`]), and [`serve`] makes
//! the service. A handler takes a [`Call`]: one request, its caller, its World and the services of the crate that handles it. A reason
//! not to answer is a [`Problem`] (RFC 9457).
//!
//! A route that may change something takes an `Idempotency-Key`; a list takes [`Paging`]; a document has an entity tag ([`Condition`]).
//!
//! Read on: [`Access`] (what every request passes before its handler), then the crate `api`.

mod access;
mod answer;
mod body;
mod call;
mod caller;
mod condition;
mod gateway_problem;
mod guard;
mod idempotency;
mod limits;
mod openapi;
mod paging;
mod problem;
mod rest;
mod routes;
mod serve;
mod times;

pub use access::Access;
pub use answer::Answer;
pub use body::Body;
pub use call::Call;
pub use caller::{Asker, Caller};
pub use condition::Condition;
pub use guard::session_digits;
pub use sekisho_find::Typed;

pub use paging::{Page, Paging, default_limit, documents, limit, matches};
pub use problem::{Problem, ProblemDocument};
pub use rest::{Authenticate, Rest};
pub use routes::{Api, Route, Routes};
pub use serve::serve;
/// Names the handlers of a route: `route!(list)`. The path and the method are those of the handler's `#[utoipa::path(…)]`.
pub use utoipa_axum::routes as route;
