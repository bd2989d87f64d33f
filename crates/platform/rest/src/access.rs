//! Who may use a route.

use sekisho_capability::ActSpec;
use sekisho_model::documents::Kind;

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
