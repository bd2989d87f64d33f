//! Which process writes the ledger: this one, or the one that takes over from it in an upgrade.
//!
//! One process writes at a time; the folder's lock ensures it. During an upgrade the new process owns the writer at once, while
//! the old one still serves what is open: its entries go through the [`Relay`], and the owner acknowledges them. When the new
//! process ends before it was ready, the old one takes the ownership back.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sekisho_model::Timestamp;

use crate::batch::AccessBatch;
use crate::error::LedgerError;
use crate::recover;
use crate::relay::{Answer, Relay};
use crate::writer::{Identity, Incoming, Writer};

/// How long a process that ended may hold the folder's lock.
const RELEASE: Duration = Duration::from_secs(10);

/// The ledger as its thread sees it.
pub(crate) struct WriterOwnership {
    owner: Option<Owner>,
    size: Arc<AtomicU64>,
    /// Whether the other process is ready: from then on the ownership never comes back.
    given: Arc<AtomicBool>,
}

enum Owner {
    This(Box<Writer>),
    Successor(Relay, std::path::PathBuf, Identity),
    /// Nobody: the folder is to be opened again, once the disk has room.
    Nobody(std::path::PathBuf, Identity),
}

impl WriterOwnership {
    pub(crate) fn new(writer: Writer, given: Arc<AtomicBool>) -> Self {
        Self { size: writer.size(), owner: Some(Owner::This(Box::new(writer))), given }
    }

    /// The writer, when this process owns it.
    pub(crate) fn writer(&self) -> Option<&Writer> {
        match &self.owner {
            Some(Owner::This(writer)) => Some(writer),
            Some(Owner::Successor(..) | Owner::Nobody(..)) | None => None,
        }
    }

    /// The folder, unless another process owns it.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.owner {
            Some(Owner::This(writer)) => Some(writer.folder.root()),
            Some(Owner::Nobody(folder, _)) => Some(folder),
            Some(Owner::Successor(..)) | None => None,
        }
    }

    /// Opens the folder again after a failed write: what was acknowledged is there, and what the write left is cut.
    pub(crate) fn reopen(&mut self) -> Result<(), LedgerError> {
        let (folder, identity) = match &self.owner {
            Some(Owner::This(writer)) => (writer.folder.root().to_owned(), writer.identity.clone()),
            Some(Owner::Nobody(folder, identity)) => (folder.clone(), identity.clone()),
            Some(Owner::Successor(..)) | None => return Err(LedgerError::Closed),
        };
        // Releases the folder's lock.
        self.owner = Some(Owner::Nobody(folder.clone(), identity.clone()));
        let mut writer = recover::open(&folder, identity)?;
        writer.count_in(Arc::clone(&self.size));
        self.owner = Some(Owner::This(Box::new(writer)));
        Ok(())
    }

    /// How many entries there are.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Seals and publishes, releases the folder, and from here on sends entries to the successor.
    pub(crate) fn transfer(&mut self, channel: UnixStream, now: Timestamp) -> Result<(), LedgerError> {
        match self.owner.take() {
            Some(Owner::This(mut writer)) => {
                let sealed = writer.tick(now);
                // The next process that opens the folder verifies it and mends what a failed write left: a failure does not hold it.
                if let Err(error) = sealed {
                    tracing::error!(%error, "the ledger could not be sealed before the upgrade");
                }
                let Writer { folder, identity, .. } = *writer;
                self.owner = Some(Owner::Successor(Relay::new(channel), folder.root().to_owned(), identity));
                Ok(())
            }
            other => {
                self.owner = other;
                Err(LedgerError::Closed)
            }
        }
    }

    pub(crate) fn append(&mut self, group: Vec<Incoming>) -> Result<u64, LedgerError> {
        let count = group.len() as u64;
        match self.sent(|relay| relay.append(&group))? {
            Some(start) => {
                self.size.fetch_max(start + count, Ordering::AcqRel);
                Ok(start)
            }
            None => self.with_writer(|writer| writer.append(group)),
        }
    }

    pub(crate) fn access(&mut self, batch: &AccessBatch) -> Result<(), LedgerError> {
        match self.sent(|relay| relay.access(batch))? {
            Some(()) => Ok(()),
            None => self.with_writer(|writer| writer.access(batch)),
        }
    }

    /// What is done every second, by the owner.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        match &mut self.owner {
            Some(Owner::This(writer)) => writer.tick(now),
            Some(Owner::Successor(..)) => Ok(()),
            Some(Owner::Nobody(..)) | None => Err(LedgerError::Closed),
        }
    }

    /// Seals and publishes; the signed head.
    pub(crate) fn publish(&mut self, now: Timestamp) -> Result<String, LedgerError> {
        match self.sent(Relay::publish)? {
            Some(head) => Ok(head),
            None => self.with_writer(|writer| writer.tick(now).map(|()| writer.signed_head())),
        }
    }

    /// What the other process answered; `None` when this process is the owner, also because it has just become it again. What was
    /// sent without an answer is then recorded here: perhaps a second time, never not at all.
    fn sent<T>(&mut self, send: impl FnOnce(&mut Relay) -> Answer<T>) -> Result<Option<T>, LedgerError> {
        let Some(Owner::Successor(relay, ..)) = &mut self.owner else { return Ok(None) };
        match send(relay) {
            Ok(answer) => answer.map(Some),
            Err(error) => {
                tracing::warn!(%error, "the process that owned the ledger is gone");
                self.take_back()?;
                Ok(None)
            }
        }
    }

    fn with_writer<T>(&mut self, write: impl FnOnce(&mut Writer) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        match &mut self.owner {
            Some(Owner::This(writer)) => write(writer),
            Some(Owner::Successor(..) | Owner::Nobody(..)) | None => Err(LedgerError::Closed),
        }
    }

    /// Takes the ownership back; does nothing when this process is the owner.
    pub(crate) fn take_back(&mut self) -> Result<(), LedgerError> {
        if self.given.load(Ordering::Acquire) {
            // Its successor's successor opens the folder, and must not find it locked by this process.
            self.owner = None;
            return Err(LedgerError::Closed);
        }
        let (folder, identity) = match &self.owner {
            Some(Owner::Successor(_, folder, identity)) => (folder.clone(), identity.clone()),
            Some(Owner::This(_) | Owner::Nobody(..)) | None => return Ok(()),
        };
        let end = Instant::now() + RELEASE;
        loop {
            match recover::open(&folder, identity.clone()) {
                Err(LedgerError::InUse(_)) if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
                opened => {
                    let mut writer = opened?;
                    writer.count_in(Arc::clone(&self.size));
                    self.owner = Some(Owner::This(Box::new(writer)));
                    return Ok(());
                }
            }
        }
    }
}
