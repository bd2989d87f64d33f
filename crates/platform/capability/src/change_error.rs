//! Why a change was not made.

use sekisho_ledger::LedgerError;
use sekisho_model::documents::Kind;
use sekisho_store::{CommitError, StoreError};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The act could not be recorded. Nothing was written, unless it was a [withdrawal](crate::Change::withdrawal).
    #[error("the act cannot be recorded, and is not done: {0}")]
    Unrecorded(#[from] LedgerError),
    /// A document is not as the change expected it, in every attempt. Nothing was written.
    #[error("somebody else changed `{kind}/{id}` in between: read it again and repeat")]
    Conflict {
        /// The document's kind.
        kind: Kind,
        /// Its identifier.
        id: String,
        /// The revision it is at; `None` when there is no such document.
        found: Option<u64>,
    },
    /// The writes themselves are wrong. Nothing was written.
    #[error(transparent)]
    Invalid(CommitError),
    /// The store failed. Whether the documents were written is unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document that people administer was written without an act. Nothing was written.
    #[error("`{kind}/{id}` is administered and cannot be written without an act")]
    NeedsAct {
        /// The document's kind.
        kind: Kind,
        /// Its identifier.
        id: String,
    },
}

impl ChangeError {
    /// Whether another attempt on what is there now may succeed: a one-time document that is gone does not come back.
    pub(crate) fn may_repeat(&self) -> bool {
        matches!(self, Self::Conflict { kind, .. } if *kind != Kind::OneTime)
    }

    /// Whether the documents may have been written all the same.
    #[must_use]
    pub const fn is_uncertain(&self) -> bool {
        matches!(self, Self::Store(_))
    }
}

impl From<CommitError> for ChangeError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { kind, id, found } => Self::Conflict { kind, id, found },
            CommitError::Store(error) => Self::Store(error),
            wrong @ (CommitError::Twice { .. } | CommitError::BadId(_)) => Self::Invalid(wrong),
        }
    }
}
