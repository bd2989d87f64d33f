//! Who holds the pen: this process, or the one that takes over from it.
//!
//! One process writes the ledger at a time, and the folder's lock sees to it. During an upgrade the pen goes to the new
//! process at once, while the old one still serves what is open: its entries go through the [`Relay`] and are acknowledged by
//! whoever holds the pen. When the new process ends before it was ready, the old one takes the pen back.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sekisho_model::Timestamp;

use crate::relay::{Answer, Relay};
use crate::writer::{Identity, Incoming, Writer};
use crate::{AccessBatch, LedgerError, recover};

/// How long a process that ended may hold the folder's lock.
const RELEASE: Duration = Duration::from_secs(10);

/// The ledger as its thread sees it.
pub(crate) struct Pen {
    holder: Option<Holder>,
    size: Arc<AtomicU64>,
    /// Whether the other process is ready: what was given away then stays away.
    given: Arc<AtomicBool>,
}

enum Holder {
    Here(Box<Writer>),
    Away(Relay, std::path::PathBuf, Identity),
}

impl Pen {
    pub(crate) fn new(writer: Writer, given: Arc<AtomicBool>) -> Self {
        Self { size: writer.size(), holder: Some(Holder::Here(Box::new(writer))), given }
    }

    /// The writer, when it is here.
    pub(crate) fn writer(&self) -> Option<&Writer> {
        match &self.holder {
            Some(Holder::Here(writer)) => Some(writer),
            Some(Holder::Away(..)) | None => None,
        }
    }

    /// How many entries there are.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Seals and publishes, lets the folder go, and from here on sends entries there.
    pub(crate) fn hand_over(&mut self, channel: UnixStream, now: Timestamp) -> Result<(), LedgerError> {
        match self.holder.take() {
            Some(Holder::Here(mut writer)) => {
                let sealed = writer.tick(now);
                // Whoever opens the folder next verifies it and mends what a failed write left: a failure does not hold it.
                if let Err(error) = sealed {
                    tracing::error!(%error, "the ledger could not be sealed before it was handed over");
                }
                let Writer { folder, identity, .. } = *writer;
                self.holder = Some(Holder::Away(Relay::new(channel), folder.root().to_owned(), identity));
                Ok(())
            }
            other => {
                self.holder = other;
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

    /// What is done every second. Whoever holds the pen does it.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        match &mut self.holder {
            Some(Holder::Here(writer)) => writer.tick(now),
            Some(Holder::Away(..)) => Ok(()),
            None => Err(LedgerError::Closed),
        }
    }

    /// Seals and publishes; the signed head.
    pub(crate) fn publish(&mut self, now: Timestamp) -> Result<String, LedgerError> {
        match self.sent(Relay::publish)? {
            Some(head) => Ok(head),
            None => self.with_writer(|writer| writer.tick(now).map(|()| writer.signed_head())),
        }
    }

    /// What the other process answered; `None` when the pen is here, also because it has just been taken back. What was
    /// sent without an answer is then recorded here: perhaps a second time, never not at all.
    fn sent<T>(&mut self, send: impl FnOnce(&mut Relay) -> Answer<T>) -> Result<Option<T>, LedgerError> {
        let Some(Holder::Away(relay, ..)) = &mut self.holder else { return Ok(None) };
        match send(relay) {
            Ok(answer) => answer.map(Some),
            Err(error) => {
                tracing::warn!(%error, "the process that held the ledger is gone");
                self.take_back()?;
                Ok(None)
            }
        }
    }

    fn with_writer<T>(&mut self, write: impl FnOnce(&mut Writer) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        match &mut self.holder {
            Some(Holder::Here(writer)) => write(writer),
            Some(Holder::Away(..)) | None => Err(LedgerError::Closed),
        }
    }

    /// Takes the pen back; when it is here it stays.
    pub(crate) fn take_back(&mut self) -> Result<(), LedgerError> {
        if self.given.load(Ordering::Acquire) {
            // Its successor's successor opens the folder, and must not find it locked by this process.
            self.holder = None;
            return Err(LedgerError::Closed);
        }
        let (folder, identity) = match &self.holder {
            Some(Holder::Away(_, folder, identity)) => (folder.clone(), identity.clone()),
            Some(Holder::Here(_)) | None => return Ok(()),
        };
        let end = Instant::now() + RELEASE;
        loop {
            match recover::open(&folder, identity.clone()) {
                Err(LedgerError::InUse(_)) if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
                opened => {
                    let mut writer = opened?;
                    writer.count_in(Arc::clone(&self.size));
                    self.holder = Some(Holder::Here(Box::new(writer)));
                    return Ok(());
                }
            }
        }
    }
}
