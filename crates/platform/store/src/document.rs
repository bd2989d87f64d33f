//! What the store holds and what is asked of it: documents, past revisions and writes.

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use serde_json::Value;

/// A document at its present revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier within its kind.
    pub id: String,
    /// The revision of the whole store that wrote it.
    pub revision: u64,
    /// Its body.
    pub body: Value,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub actor: String,
}

/// One revision of a document's past, or its present one.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The revision of the whole store.
    pub revision: u64,
    /// The body it had; `None` when it was deleted.
    pub body: Option<Value>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
}

/// What a write expects to find. If it finds something else, the whole commit is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// No such document.
    New,
    /// The document at this revision.
    Revision(u64),
    /// Anything, or nothing.
    Any,
}

/// One write of a commit. A commit may name a document only once.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Put a document.
    Put {
        /// Its kind.
        kind: Kind,
        /// Its identifier: 1 to 512 bytes without control characters.
        id: String,
        /// What must be there now.
        expected: Expected,
        /// The new body.
        body: Value,
    },
    /// Delete a document. To delete [`Expected::Any`] where there is none changes nothing.
    Delete {
        /// Its kind.
        kind: Kind,
        /// Its identifier.
        id: String,
        /// What must be there now.
        expected: Expected,
    },
    /// Write nothing, but refuse the commit unless the document is at this revision: what the other writes rest on.
    Unchanged {
        /// Its kind.
        kind: Kind,
        /// Its identifier.
        id: String,
        /// The revision at which it was read.
        revision: u64,
    },
}

impl Write {
    /// The kind of the document it concerns.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Put { kind, .. } | Self::Delete { kind, .. } | Self::Unchanged { kind, .. } => *kind,
        }
    }

    /// The identifier of the document it concerns.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Put { id, .. } | Self::Delete { id, .. } | Self::Unchanged { id, .. } => id,
        }
    }
}
