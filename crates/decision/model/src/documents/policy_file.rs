//! Policy files as they are stored.

use serde::{Deserialize, Serialize};

/// The text of a policy file, as a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// The Cedar text.
    pub text: String,
}
