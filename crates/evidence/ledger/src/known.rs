//! Heads that were kept outside of the ledger's folder: what shows that entries at its end were cut off.

use crate::checkpoint::Checkpoint;

/// A head of the ledger that was kept outside of its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The head.
    pub head: Checkpoint,
    /// Who kept it.
    pub by: Witness,
}

/// Who kept a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// A person, elsewhere.
    Elsewhere,
    /// The store of the platform.
    Store,
}

impl Witness {
    pub(crate) const fn other_log(self) -> &'static str {
        match self {
            Self::Elsewhere => "the log is not the one of the checkpoint that was kept elsewhere",
            Self::Store => "the log is not the one whose head is sealed in the store",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Elsewhere => "a checkpoint kept elsewhere",
            Self::Store => "the head sealed in the store",
        }
    }
}
