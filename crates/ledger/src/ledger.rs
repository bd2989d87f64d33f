//! The handle: what other crates ask of the ledger. The ledger's own thread does it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sekisho_model::{DecisionRecord, Record};

use crate::{AccessBatch, Checkpoint, ConsistencyProof, Filter, InclusionProof, LedgerError, PublicKey, SigningKey};

/// A handle on the ledger. Clones share its thread.
#[derive(Debug, Clone)]
pub struct Ledger {
    size: Arc<AtomicU64>,
}

impl Ledger {
    /// Opens the ledger in that folder, making it when it is absent, and starts its thread. What was being written when the
    /// process last ended and had not been acknowledged is dropped; everything acknowledged is there.
    ///
    /// `origin` names the log in its checkpoints: `sekisho.example/ledger`.
    ///
    /// # Errors
    /// When the folder cannot be used, is in use, or was altered.
    pub fn open(_folder: &Path, _origin: &str, _key: SigningKey) -> Result<Self, LedgerError> {
        Err(LedgerError::Closed)
    }

    /// Records one entry; its index. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be recorded: what depends on it must not happen.
    pub async fn append(&self, record: Record) -> Result<u64, LedgerError> {
        self.append_all(vec![record]).await
    }

    /// Records several entries next to each other, all or none; the index of the first.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn append_all(&self, _records: Vec<Record>) -> Result<u64, LedgerError> {
        Err(LedgerError::Closed)
    }

    /// Hands access events over, without waiting. They are sealed within a second.
    ///
    /// # Errors
    /// When they cannot be taken: the requests they stand for must be refused.
    pub fn access(&self, _batch: AccessBatch) -> Result<(), LedgerError> {
        Err(LedgerError::Closed)
    }

    /// The decision on a request, and its index.
    pub async fn find_decision(&self, _request: &str) -> Option<(u64, DecisionRecord)> {
        None
    }

    /// The newest entries that fit, newest first, of those the ledger has at hand (the last several thousand).
    pub async fn recent(&self, _count: usize, _filter: Filter) -> Vec<(u64, Record)> {
        Vec::new()
    }

    /// How many entries are on the disk.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// The key that its checkpoints are checked with.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        unimplemented!()
    }

    /// Publishes the tiles and a checkpoint over everything recorded so far; the signed note, to be kept elsewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn checkpoint(&self) -> Result<String, LedgerError> {
        Err(LedgerError::Closed)
    }

    /// Proves that an entry is in the log.
    ///
    /// # Errors
    /// When there is no such entry, or the tiles cannot be read.
    pub async fn prove(&self, index: u64) -> Result<InclusionProof, LedgerError> {
        Err(LedgerError::NoSuchEntry { index, size: self.size() })
    }

    /// Proves that the present log begins with the log of an earlier checkpoint.
    ///
    /// # Errors
    /// When the earlier one is longer, or the tiles cannot be read.
    pub async fn prove_consistency(&self, _older: &Checkpoint) -> Result<ConsistencyProof, LedgerError> {
        Err(LedgerError::Closed)
    }

    /// Seals and publishes what is recorded, and ends the thread. Later appends fail. Dropping the last handle does so too,
    /// without waiting.
    pub async fn close(&self) {}
}
