//! What can go wrong with events.

use std::path::Path;

/// Why events could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    /// A file could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file of events is not what this program writes.
    #[error("{path}: {source}; it is derived from the ledger: remove it, and it is made again")]
    Parquet {
        /// Which.
        path: String,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// Rows could not be put into columns.
    #[error("events do not fit the columns: {0}")]
    Columns(#[from] arrow_schema::ArrowError),
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] sekisho_ledger::LedgerError),
    /// The search was interrupted.
    #[error("the search was interrupted")]
    Interrupted,
}

impl EventsError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        |source| Self::File { path, source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.display().to_string();
        |source| Self::Parquet { path, source }
    }
}
