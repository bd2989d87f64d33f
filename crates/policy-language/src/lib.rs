//! The policy language: Cedar text and annotations to validated, indexed, compact policies.
//!
//! Text → size and nesting caps → Cedar's parser and strict validator over [`schema`] → our own arena [`Program`] and its
//! index by scope. A set that has one problem is refused whole, and every problem names file, line and fix.

mod meta;
mod policies;
mod problem;
mod tags;
mod text;

pub use meta::{Effect, PolicyMeta};
pub use policies::Policies;
pub use problem::PolicyProblem;
pub use tags::tag;
pub use text::PolicyText;
