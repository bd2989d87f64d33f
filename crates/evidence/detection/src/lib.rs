//! Detection: Sigma rules over the events. A match is a finding in the ledger, which is an event itself, and a signal about the person,
//! which raises their risk: what is open is decided again.
//!
//! The evaluator is the crate `rsigma-eval`. The rules are those that this program brings and those in a folder of the operator.

mod api;
mod capability;
mod detector;
mod matched;
mod pages;
mod raising;
mod rules;
mod state;

pub use api::api;
pub use capability::{DETECTIONS_READ, capability};
pub use detector::Detector;
pub use matched::Matched;
pub use pages::pages;
pub use rules::{Rule, Rules, RulesError};
pub use state::{Detection, Standing};
