//! Why a response was not changed.

use http::StatusCode;
use sekisho_capability::ChangeError;
use sekisho_store::StoreError;

/// Why a response was not changed, or could not be carried out now.
#[derive(Debug, thiserror::Error)]
pub enum ResponseError {
    /// There is no such response.
    #[error("there is no such response")]
    NotFound,
    /// It is not proposed any more.
    #[error("the response is not proposed any more")]
    NotProposed,
    /// It was undone, or its time is over.
    #[error("the response was undone before, or its time is over")]
    NotUndoable,
    /// Somebody is in it whom no playbook touches.
    #[error("a playbook says that nobody touches this person or device")]
    Untouchable,
    /// A document cannot be written.
    #[error("the response cannot be written: {0}")]
    Unwritable(String),
    /// The store, the ledger or another part failed: it is tried again.
    #[error("{0}")]
    Again(String),
    /// The store or the ledger failed, or somebody else wrote in between.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl ResponseError {
    /// Whether somebody else wrote the same response in between.
    pub(crate) const fn is_conflict(&self) -> bool {
        matches!(self, Self::Change(ChangeError::Conflict { .. }))
    }

    /// The key of its text on a page; `None` where nothing is the person's to change.
    pub(crate) const fn key(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotProposed => "response-not-proposed",
            Self::NotUndoable => "response-not-undoable",
            Self::Untouchable => "response-untouchable",
            Self::NotFound | Self::Unwritable(_) | Self::Again(_) | Self::Change(_) => return None,
        })
    }

    /// The status of an answer that tells it.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotProposed | Self::NotUndoable | Self::Untouchable => StatusCode::CONFLICT,
            Self::Unwritable(_) | Self::Again(_) | Self::Change(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its code in problem documents.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NotProposed => "response-not-proposed",
            Self::NotUndoable => "response-not-undoable",
            Self::Untouchable => "response-untouchable",
            Self::Unwritable(_) | Self::Again(_) | Self::Change(_) => "failed",
        }
    }
}

impl From<StoreError> for ResponseError {
    fn from(error: StoreError) -> Self {
        Self::Change(error.into())
    }
}
