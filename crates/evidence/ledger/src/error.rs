//! Why something was not recorded, or cannot be read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

/// Why something was not recorded, or cannot be read. Cheap to clone: one failed write fails many appends.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// A file of the ledger cannot be used.
    #[error("the ledger's file `{path}` cannot be used: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The process has no file descriptor left to open a file of the ledger with. Nothing was written, so it is tried again.
    #[error(
        "the ledger's file `{path}` cannot be opened: no file descriptor is left; close connections or raise the limit of open files"
    )]
    NoDescriptor {
        /// Which file.
        path: PathBuf,
    },
    /// An earlier write failed. Nothing is recorded until the ledger is opened again.
    #[error("the ledger failed before and records nothing until it is opened again: {0}")]
    Failed(Arc<str>),
    /// The disk is full. Recording resumes by itself; until then the reserve takes administrative acts alone.
    #[error(
        "the disk of the ledger is full: free some room, and recording resumes by itself; until then only administrative acts are recorded"
    )]
    Full,
    /// The ledger does not hold what the store sealed of it.
    #[error(
        "the ledger does not hold what was sealed of it in the store: put the right ledger back, or run `sekisho ledger accept-rollback`"
    )]
    RolledBack,
    /// More waits to be recorded than may wait.
    #[error("too much waits to be recorded")]
    Overloaded,
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
    /// The record is too long for an entry bundle.
    #[error("a record of {0} bytes does not fit: an entry has at most 65535")]
    TooLarge(usize),
    /// The record has no JSON form.
    #[error("a record has no JSON form: {0}")]
    NotJson(Arc<str>),
    /// What lies in the folder was altered.
    #[error("the ledger in `{folder}` was altered: {finding}; keep a copy, and run `sekisho ledger verify`")]
    Altered {
        /// Which folder.
        folder: PathBuf,
        /// What was found first.
        finding: crate::report::Finding,
    },
    /// The folder holds the ledger of another origin.
    #[error(
        "the ledger in `{folder}` is that of `{found}`, and this is `{wanted}`: a ledger keeps its name; set the former name back, or begin with a new folder"
    )]
    OtherLog {
        /// Which folder.
        folder: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it was to be.
        wanted: String,
    },
    /// Another process has the ledger open.
    #[error(
        "the ledger in `{0}` is in use by another process: stop that one, have it taken over with `sekisho upgrade`, or name another data folder"
    )]
    InUse(PathBuf),
    /// The origin cannot be written in a signed note.
    #[error("`{}` cannot name a log: use 1 to 100 bytes without white space or `+`", .0.escape_debug())]
    Origin(String),
    /// There is no such entry.
    #[error("there is no entry {index}: the ledger has {size}")]
    NoSuchEntry {
        /// Which was asked for.
        index: u64,
        /// How many there are.
        size: u64,
    },
}

impl LedgerError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source: Arc::new(source) }
    }

    /// For what opens a file and does nothing else: an error of a write or a sync must not come here, as neither may ever be
    /// tried again.
    pub(crate) fn opening(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| match Errno::from_io_error(&source) {
            Some(Errno::MFILE | Errno::NFILE) => Self::NoDescriptor { path: path.to_owned() },
            _ => Self::file(path)(source),
        }
    }

    /// Whether nothing was written and the same may succeed later.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::NoDescriptor { .. } | Self::Full | Self::RolledBack)
    }

    /// Whether a write failed because the disk or the quota is full. What such a write left is cut when the folder is opened again.
    pub(crate) fn is_full(&self) -> bool {
        let Self::File { source, .. } = self else { return false };
        matches!(Errno::from_io_error(source), Some(Errno::NOSPC | Errno::DQUOT))
    }
}
