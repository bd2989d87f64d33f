//! What one worker hands to the ledger: decisions, access events, ends of streams, and sums of refusals.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use sekisho_ledger::{AccessBatch, Ledger, LedgerError};
use sekisho_model::{Record, RequestId, ResourceId, recorded_path};
use sekisho_policy_enforcement::RefusalKind;
use tokio::sync::Notify;

use crate::callbacks::Clock;
use crate::refused::Refused;

/// How long access events wait for others that are written with them.
const GATHERING: Duration = Duration::from_millis(1);
/// Bytes of room for the access events that wait.
const ROOM: usize = 16 * 1024;
/// With as many bytes filled they wait no longer.
const MOST_GATHERED: usize = 14 * 1024;

/// Records for one worker.
pub(crate) struct Recorder {
    ledger: Ledger,
    clock: Clock,
    access: RefCell<AccessBatch>,
    access_waits: Notify,
    access_taken: Cell<bool>,
    refused: RefCell<Refused>,
}

impl Recorder {
    pub(crate) fn new(ledger: Ledger, clock: Clock) -> Self {
        Self {
            ledger,
            clock,
            access: RefCell::new(AccessBatch::with_capacity(ROOM)),
            access_waits: Notify::new(),
            access_taken: Cell::new(true),
            refused: RefCell::default(),
        }
    }

    /// Records something, and returns when it is on the disk.
    pub(crate) async fn append(&self, record: Record) -> Result<(), LedgerError> {
        self.ledger.append(record).await.map(drop)
    }

    /// Notes a request that a decision covers. All notes of a millisecond are one write.
    pub(crate) fn note(
        &self,
        (method, path): (&str, &str),
        request: &RequestId,
        decision: &RequestId,
        outcome: (u16, Option<&str>),
    ) {
        let mut access = self.access.borrow_mut();
        let first = access.is_empty();
        let asked = (method, &*recorded_path(path));
        access.push((self.clock)(), request.as_str(), decision.as_str(), asked, outcome);
        if first {
            self.access_waits.notify_one();
        } else if access.bytes() >= MOST_GATHERED {
            drop(access);
            self.flush_access();
        }
    }

    /// Whether the last access events were taken. While they are not, remembered decisions cover nothing.
    pub(crate) fn access_is_taken(&self) -> bool {
        self.access_taken.get()
    }

    /// Writes access events, those of a millisecond in one batch, until the worker ends.
    pub(crate) async fn write_access(self: Rc<Self>) {
        loop {
            self.access_waits.notified().await;
            // Waking the record's thread costs as much as a fifth of a request: the next ones share it.
            tokio::time::sleep(GATHERING).await;
            self.flush_access();
        }
    }

    pub(crate) fn flush_access(&self) {
        let batch = self.access.borrow_mut().take();
        if batch.is_empty() {
            return;
        }
        let taken = self.ledger.access(batch);
        if let Err(error) = &taken {
            tracing::error!(%error, "access events were not taken: requests are denied until they are");
        }
        self.access_taken.set(taken.is_ok());
    }

    /// Hands the ledger an empty batch after a failure, so that a ledger that recovered serves again.
    pub(crate) fn retry_access(&self) {
        if !self.access_taken.get() {
            self.access_taken.set(self.ledger.access(AccessBatch::default()).is_ok());
        }
    }

    /// Records what has already happened (an end, a cut): nobody waits for it, and a failure is an alarm.
    pub(crate) fn record_later(&self, records: Vec<Record>) {
        let ledger = self.ledger.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = ledger.append_all(records).await {
                tracing::error!(%error, "the end of a stream was not recorded");
            }
        });
    }

    /// Adds a refusal to the sums of this second. `detail` says more about the first of its kind.
    pub(crate) fn add_refused(
        &self,
        kind: RefusalKind,
        address: IpAddr,
        resource: Option<&ResourceId>,
        request: &RequestId,
        detail: impl FnOnce() -> String,
    ) {
        self.refused.borrow_mut().add(kind, address, resource, request, detail);
    }

    /// Hands the sums of what was refused since the last time to the ledger.
    pub(crate) fn record_refused(&self) {
        let records = self.refused.borrow_mut().take((self.clock)());
        if !records.is_empty() {
            self.record_later(records);
        }
    }
}

impl Drop for Recorder {
    /// What broke off with the worker's end has events as well.
    fn drop(&mut self) {
        self.flush_access();
    }
}
