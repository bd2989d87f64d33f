//! An example of a capability, built and run by the tests: it finds the resources that nobody owns.
//!
//! It has a task, a metric, a readiness, an act, a page with texts, a route of the REST API, and a state of its own. docs/adding-a-capability.md explains each.

mod api;
mod capability;
mod pages;
mod unowned;

pub use api::api;
pub use capability::capability;
pub use pages::{UNOWNED_READ, pages};
pub use unowned::Unowned;
