//! Why a feed was not read. What was read before stays in force.

use sekisho_capability::ChangeError;
use sekisho_store::StoreError;

/// Why a reading changes nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedFailure {
    /// It cannot be reached, or the connection broke off.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// It answers with a status that is no answer.
    #[error("answers {0}")]
    Status(u16),
    /// It answers with something else than what its document says.
    #[error("is no {expected}: {found}")]
    Unusable {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// It is larger than a feed may be.
    #[error("is larger than {0}")]
    TooLarge(&'static str),
}

/// Why nothing could be read or written here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenewalError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// TLS, which every feed needs.
    #[error("the settings of TLS are refused: {0}")]
    Tls(#[from] rustls::Error),
}
