//! What documents of the kinds hold that only the test build `newer-version` knows.

use serde::{Deserialize, Serialize};

/// The body of a `newer-note` and of a `newer-rule`. Nothing reads it: it stands for what a later version adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newer {
    /// Its identifier.
    pub id: String,
    /// Any text.
    pub text: String,
}
