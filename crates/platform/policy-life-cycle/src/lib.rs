//! The life cycle of policies: a draft is written, looked at, runs beside the set in report-only, is approved, published, rolled back.
//!
//! A [draft](Draft) is a new text of one policy file. Until it is published no decision reads it: the task `comparing` asks the engine
//! again about decisions that were made, once under the policies in force and once with the draft in their place, and counts where the two
//! differ. Publishing is one act on the revision that the draft was made from; what was in force before stays in the draft, for the way back.
//!
//! Read on: `life_cycle` (the acts), `review` (what a draft would do), `comparing` (report-only).

mod api;
mod capability;
mod comparing;
mod draft;
mod failure;
mod life_cycle;
mod lints;
mod pages;
mod report;
mod review;
mod table;
mod wording;

#[cfg(test)]
mod tests;

pub use api::api;
pub use capability::capability;
pub use draft::{Approval, Draft, State};
pub use failure::LifeCycleError;
pub use life_cycle::{LifeCycle, Stored, Written};
pub use lints::Lint;
pub use pages::pages;
pub use report::{Difference, Report};
pub use review::Review;
pub use table::{Cell, TableRow};
