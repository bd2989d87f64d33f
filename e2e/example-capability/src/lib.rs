//! An example of a capability, built and run by the tests: it finds the resources that nobody owns.
//!
//! It has a task, a metric and a readiness, and a state of its own. docs/adding-a-capability.md explains each.

mod capability;
mod unowned;

pub use capability::capability;
pub use unowned::Unowned;
