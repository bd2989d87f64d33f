//! One change of one document, as the store's change feed tells it and the policy information point folds it.

use super::Kind;
use crate::Timestamp;

/// A document was put or deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The revision of the whole store that this change made. Changes of one transaction share it.
    pub revision: u64,
    /// The document's kind.
    pub kind: Kind,
    /// The document's identifier within its kind.
    pub id: String,
    /// Its new body; `None` when it was deleted.
    pub body: Option<serde_json::Value>,
    /// When it was committed.
    pub at: Timestamp,
}
