//! Why a policy that parses and validates is still not published.

/// What in a policy cannot be compiled, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub message: String,
    pub fix: String,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { message: message.into(), fix: fix.into() }
    }

    /// The set is larger than the numbers that name its parts.
    pub(crate) fn too_large() -> Self {
        Self::new("the policy set is too large to compile", "publish fewer policies")
    }
}
