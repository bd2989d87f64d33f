//! What is evaluated of one policy.

use crate::Effect;
use crate::program::Condition;
use crate::scope::Scope;

/// What is evaluated of one policy.
#[derive(Debug, Clone, Copy)]
pub struct Compiled {
    /// Whom, what for and what on it speaks about.
    pub scope: Scope,
    /// What must hold.
    pub condition: Condition,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// Whether it is only reported on.
    pub report_only: bool,
}
