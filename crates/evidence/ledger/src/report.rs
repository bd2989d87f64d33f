//! What a verification found.

use std::fmt;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Entries in the log.
    pub entries: u64,
    /// Access segments.
    pub segments: u64,
    /// Access events under a seal.
    pub sealed_events: u64,
    /// Bytes of access events that no seal covers yet: at most those of the last second before a crash.
    pub unsealed_bytes: u64,
    /// Bytes of a group that was being written when the process ended and was never acknowledged.
    pub unacknowledged_bytes: u64,
    /// The newest signed tree head, to be kept elsewhere; empty when it cannot be read.
    pub head: String,
    /// How many entries a head that was kept outside of the folder vouches for. Entries after it may have been cut off the end; when it is
    /// absent, entries cut off the end cannot be excluded at all.
    pub vouched: Option<u64>,
    /// What is wrong, the first entry first. Empty means the ledger is whole.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing was altered, removed or reordered, and nothing that a known head vouches for was cut off.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }

    /// The first thing that is wrong.
    #[must_use]
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The first entry that is concerned, when it can be told.
    pub index: Option<u64>,
    /// The file, from the ledger's folder.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "entry {index}: {} ({})", self.what, self.file),
            None => write!(f, "{} ({})", self.what, self.file),
        }
    }
}
