//! Why a source was not read, or nothing could be written. What was read before stays in force.

use sekisho_capability::ChangeError;
use sekisho_store::StoreError;
use sekisho_vulnerability_matching::Unreadable;

/// Why a reading changes nothing. No message holds a part of a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceFailure {
    /// There is no such file or folder, or it leads out of the folder of sources.
    #[error("there is no `{0}` in the folder of sources")]
    Missing(String),
    /// The operating system refuses.
    #[error("`{file}`: {kind}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// A file is not what the source's document says.
    #[error("`{file}` {why}")]
    Unusable {
        /// The file.
        file: String,
        /// Why.
        why: Unreadable,
    },
    /// There is nothing in it. An empty folder is more often a mistake than news.
    #[error("holds nothing of this format")]
    Empty,
    /// It is larger than a source may be.
    #[error("is larger than {0}")]
    TooLarge(&'static str),
    /// The reader stopped.
    #[error("was not read to its end")]
    Stopped,
}

/// Why nothing could be read or written here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssessError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}
