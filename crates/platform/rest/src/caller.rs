//! Who calls.

use std::sync::Arc;

use sekisho_api_tokens::TokenCaller;
use sekisho_capability::Demand;
use sekisho_model::facts::Handle;
use sekisho_model::{Actor, Evidence, SessionFacts, Timestamp};

/// Who calls, as the record names them, and how the policy engine is asked about them.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is.
    pub actor: Actor,
    /// With what it asks.
    pub asker: Asker,
}

/// With what a caller asks.
#[derive(Debug, Clone)]
pub enum Asker {
    /// The mode of the local socket lets the operator in: nobody is asked.
    Operator,
    /// A session of a person.
    Session {
        /// The session.
        session: Arc<SessionFacts>,
        /// The device that is proven in it.
        device: Evidence<Handle>,
    },
    /// An API token.
    Token(TokenCaller),
}

impl Caller {
    /// The operator at the local socket.
    #[must_use]
    pub const fn operator(name: String) -> Self {
        Self { actor: Actor::Operator(name), asker: Asker::Operator }
    }

    /// Whether it is the operator at the local socket.
    #[must_use]
    pub const fn is_operator(&self) -> bool {
        matches!(self.asker, Asker::Operator)
    }

    /// When its session or token ends. `None` for the operator.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match &self.asker {
            Asker::Operator => None,
            Asker::Session { session, .. } => Some(session.expires_at),
            Asker::Token(token) => Some(token.expires_at()),
        }
    }

    /// The session of a person. `None` for the operator and for tokens.
    #[must_use]
    pub fn session(&self) -> Option<&Arc<SessionFacts>> {
        match &self.asker {
            Asker::Session { session, .. } => Some(session),
            Asker::Operator | Asker::Token(_) => None,
        }
    }
}

impl Asker {
    /// How the caller signs in again.
    pub(crate) const fn again(&self) -> &'static str {
        match self {
            Self::Operator | Self::Session { .. } => "run `sekisho login` again",
            Self::Token(_) => "sign in so, and make the token again",
        }
    }

    /// Whether the limits of a token leave room for this. They narrow what the policies permit, and never widen it.
    // INVARIANT I-25: a token does nothing outside its limits, whatever the policies permit.
    pub(crate) fn is_within(&self, demand: Demand) -> bool {
        match self {
            Self::Operator | Self::Session { .. } => true,
            Self::Token(token) => token.permits(demand),
        }
    }
}
