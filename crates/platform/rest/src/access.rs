//! Who may use a route.

use std::time::Duration;

use sekisho_capability::ActSpec;
use sekisho_model::documents::Kind;

use crate::limits;

/// Who may use a route. Every route names one.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Anybody, without a credential.
    Anyone,
    /// Anybody with a credential, about themselves.
    SignedIn,
    /// The operator at the local socket, and nobody else.
    Operator,
    /// Those whom the policy engine permits this act.
    Act(ActSpec),
    /// Those whom the policy engine permits this act on documents of the kind that the path names as `kind`.
    OfKind(fn(Kind) -> ActSpec),
    /// Those whom the policy engine permits each of these acts on documents of each kind that the body names. The handler asks, by
    /// [`crate::Call::demand`], before it does anything.
    OfBody(&'static [fn(Kind) -> ActSpec]),
}

impl Access {
    /// The largest body in bytes, and the time within which it must have arrived.
    pub(crate) const fn body(self) -> (usize, Duration) {
        match self {
            Self::OfBody(_) => (limits::FOLDER, limits::FOLDER_TIME),
            Self::Anyone => (limits::ANONYMOUS, limits::ANONYMOUS_TIME),
            _ => (limits::BODY, limits::BODY_TIME),
        }
    }

    /// Whether the answer to a repeated request is kept. What the body demands is not known without reading it again.
    pub(crate) const fn keeps_answers(self) -> bool {
        !matches!(self, Self::OfBody(_))
    }
}
