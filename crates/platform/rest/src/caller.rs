//! Who calls.

use std::sync::Arc;

use sekisho_capability::{Demand, Part};
use sekisho_model::facts::Handle;
use sekisho_model::{Action, Actor, Evidence, SessionFacts};

/// Who calls, as the record names them, and how the policy engine is asked about them.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is.
    pub actor: Actor,
    /// The session or token that asks. `None` is the operator, whom the mode of the local socket lets in: nobody is asked.
    pub asker: Option<Asker>,
}

/// The session or token of a caller.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The session that decisions read. A token has one too.
    pub session: Arc<SessionFacts>,
    /// The device that is proven.
    pub device: Evidence<Handle>,
    /// What a token is limited to. It narrows what the policies permit, and never widens it.
    pub limit: Option<Limit>,
}

/// What a token is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limit {
    /// The parts of the platform that it may use; empty for all.
    pub parts: Vec<Part>,
    /// Whether it only looks.
    pub read_only: bool,
}

impl Limit {
    /// Whether the limit leaves room for what an act demands.
    #[must_use]
    pub fn leaves(&self, demand: Demand) -> bool {
        (self.parts.is_empty() || self.parts.contains(&demand.part))
            && (!self.read_only || demand.action == Action::Read)
    }
}

impl Caller {
    /// The operator at the local socket.
    #[must_use]
    pub const fn operator(name: String) -> Self {
        Self { actor: Actor::Operator(name), asker: None }
    }

    /// Whether it is the operator at the local socket.
    #[must_use]
    pub const fn is_operator(&self) -> bool {
        self.asker.is_none()
    }
}
