//! What is known of a policy besides its conditions: where it stands and what its annotations say.

use sekisho_model::{PolicyId, Text};

use crate::Obligation;

/// Whether a policy permits or forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Permits when satisfied, unless a forbid is.
    Permit,
    /// Forbids when satisfied, whatever permits.
    Forbid,
}

/// One policy of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyMeta {
    /// `@id("…")`, or the file's name and the policy's number in it.
    pub id: PolicyId,
    /// The file it stands in.
    pub file: String,
    /// The line it begins on, from 1.
    pub line: usize,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// `@mode("report-only")`: evaluated and recorded, never enforced.
    pub report_only: bool,
    /// `@reason("…")` with `@reason_ja("…")`: what a person is told when it denies.
    pub reason: Option<Text>,
    /// `@obligation("…")`, separated by commas: what the enforcement point must do when it permits.
    pub obligations: Vec<Obligation>,
    /// Its text as written.
    pub text: String,
}
