//! Reads what is asked of a server of tools before it is decided, and counts calls against budgets.
//!
//! A resource of the kind `mcp` takes JSON-RPC messages. [`hear`] gathers a message within a bound and reads it, so that the decision knows
//! the tool that is called and what its arguments hold; [`Budgets`] knows how many calls each subject made in this hour.

mod budgets;
mod hear;
mod hearing;

pub use budgets::Budgets;
pub use hear::{BrokenOff, Heard, hear};
pub use hearing::{Hearing, Hearings};
