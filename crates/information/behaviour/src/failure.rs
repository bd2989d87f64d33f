//! Why a turn of the task came to nothing.

use sekisho_capability::ChangeError;
use sekisho_store::StoreError;

/// Why nothing could be learned. The next turn begins where the last good one ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LearningError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A value has no JSON form.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A name that cannot be used.
    #[error("cannot be named: {0}")]
    Name(String),
}
