//! Whether a capability can do its work.

/// Whether a capability can do its work now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// It cannot do all of it, and decisions do not depend on that: `/readyz` says why and stays 200.
    Impaired(String),
    /// It cannot, and the platform must not answer: `/readyz` is 503 and says why.
    Unready(String),
}
