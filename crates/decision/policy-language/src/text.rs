//! What a policy set is loaded from.

/// One policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText {
    /// The file's name, as problems show it.
    pub name: String,
    /// The Cedar text.
    pub text: String,
}
