//! An example of a capability, built and run by the tests: it finds the resources that nobody owns.
//!
//! It has a task, a metric, a readiness, an act and a page with texts, and a state of its own. docs/adding-a-capability.md explains each.

mod capability;
mod pages;
mod unowned;

pub use capability::capability;
pub use pages::{UNOWNED_READ, pages};
pub use unowned::Unowned;
