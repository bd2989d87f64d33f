//! An administrative act as data: what it is called, and what somebody needs to be permitted.

use sekisho_model::Action;

use crate::Part;

/// An administrative act: its code, and the question that the policy engine answers before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActSpec {
    /// The stable code. An act that changes something is recorded under it.
    pub code: &'static str,
    /// The action in policies.
    pub action: Action,
    /// The part of the platform that is the resource.
    pub part: Part,
    /// What it does, in English and Japanese.
    pub text: (&'static str, &'static str),
}

impl ActSpec {
    /// An act with this code: `action` on `part`. `text` says what it does, in English and Japanese.
    #[must_use]
    pub const fn new(code: &'static str, action: Action, part: Part, text: (&'static str, &'static str)) -> Self {
        Self { code, action, part, text }
    }

    /// Whether it only looks.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        matches!(self.action, Action::Read)
    }
}
