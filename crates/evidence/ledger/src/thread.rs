//! The ledger's thread: takes what waits, makes one group of it, answers everybody, and ticks every second.
//!
//! Step 10 of the life of a request; next: `crates/decision/policy-enforcement/src/upstream.rs`.

use std::collections::VecDeque;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use sekisho_model::{Record, RequestId};
use tokio::sync::oneshot;

use crate::batch::AccessBatch;
use crate::checkpoint::Checkpoint;
use crate::clock::now;
use crate::error::LedgerError;
use crate::filter::Filter;
use crate::reserve::Reserve;
use crate::summarise::Summariser;
use crate::tree::TILE;
use crate::writer::{Incoming, Writer};
use crate::writer_ownership::WriterOwnership;

const TICK: Duration = Duration::from_secs(1);
/// The most entries in one group, and the most commands taken for one: bounds how long the first of them waits.
const GROUP: usize = 2048;

/// What is asked of the thread.
pub(crate) enum Command {
    Append(Vec<Incoming>, oneshot::Sender<Result<u64, LedgerError>>),
    /// The same in a ledger that was rolled back: the alarm, and the act that accepts it.
    AppendAboutRollback(Vec<Incoming>, oneshot::Sender<Result<u64, LedgerError>>),
    Head(oneshot::Sender<Option<Checkpoint>>),
    Reserve(Reserve),
    Access(AccessBatch),
    Find(RequestId, oneshot::Sender<Found>),
    Recent(usize, Box<Filter>, oneshot::Sender<Recent>),
    Publish(oneshot::Sender<Result<String, LedgerError>>),
    Transfer(UnixStream, oneshot::Sender<Result<(), LedgerError>>),
    TakeBack(oneshot::Sender<Result<(), LedgerError>>),
    Close(oneshot::Sender<()>),
}

/// What is at hand of a decision, and from which entry on everything is at hand.
pub(crate) struct Found {
    pub(crate) decision: Option<(u64, Arc<Record>)>,
    pub(crate) first: u64,
}

/// The entries at hand that fit, and from which entry on everything is at hand.
#[derive(Default)]
pub(crate) struct Recent {
    pub(crate) entries: Vec<(u64, Arc<Record>)>,
    pub(crate) first: u64,
    /// Whether older entries are not all on the disk: more came since the last publication than are kept at hand.
    pub(crate) is_behind: bool,
}

/// What handles and thread share.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    /// Bytes of access events that wait.
    pub(crate) waiting: AtomicUsize,
    /// Whether nothing but administrative acts is recorded, because a write failed.
    pub(crate) failed: AtomicBool,
    /// Whether that is because the disk is full, which passes.
    pub(crate) full: AtomicBool,
    /// Whether nothing is recorded because the ledger does not hold what was sealed of it elsewhere.
    pub(crate) rolled_back: AtomicBool,
    /// Whether the ledger is another process's for good.
    pub(crate) given: Arc<AtomicBool>,
}

pub(crate) struct Thread {
    pub(crate) ownership: WriterOwnership,
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) failure: Option<LedgerError>,
    pub(crate) reserve: Option<Reserve>,
    /// Whether the reserve is released: administrative acts alone are recorded.
    pub(crate) reserved: bool,
    /// Access events for which no file could be opened yet. They count as waiting.
    unwritten: VecDeque<AccessBatch>,
    /// Whether what could not be opened is to be tried again.
    pub(crate) lacks: bool,
    /// Keeps the summaries that searches read; without it, each search makes those that it misses.
    summariser: Option<Summariser>,
}

type Waiter = (u64, oneshot::Sender<Result<u64, LedgerError>>);

/// Runs until it receives the command to close, or until every sender of commands is gone.
pub(crate) fn run(writer: Writer, commands: &Receiver<Command>, gauges: Arc<Gauges>) {
    let summariser = Summariser::start(Arc::new(writer.folder.clone())).ok();
    let ownership = WriterOwnership::new(writer, Arc::clone(&gauges.given));
    let mut thread = Thread {
        ownership,
        gauges,
        failure: None,
        reserve: None,
        reserved: false,
        unwritten: VecDeque::new(),
        lacks: false,
        summariser,
    };
    thread.summarise();
    let closed = thread.serve(commands);
    thread.tick();
    // The folder is free before anybody hears that it is.
    drop(thread);
    if let Some(closed) = closed {
        let _ = closed.send(());
    }
}

impl Thread {
    fn serve(&mut self, commands: &Receiver<Command>) -> Option<oneshot::Sender<()>> {
        let mut next_tick: Option<Instant> = None;
        loop {
            let command = match next_tick {
                None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => commands.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match command {
                Ok(command) => {
                    next_tick.get_or_insert_with(|| Instant::now() + TICK);
                    if let Some(closed) = self.take(command, commands) {
                        return Some(closed);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
            if next_tick.is_some_and(|at| at <= Instant::now()) {
                self.tick();
                next_tick = self.lacks.then(|| Instant::now() + TICK);
            }
        }
    }

    /// Takes one command and those that wait behind it; their entries become one group.
    fn take(&mut self, first: Command, commands: &Receiver<Command>) -> Option<oneshot::Sender<()>> {
        let mut group = Vec::new();
        let mut waiters: Vec<Waiter> = Vec::new();
        let mut closed = None;
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(command) = next {
            match command {
                Command::Append(records, reply) => match self.refusal(&records) {
                    Some(refusal) => drop(reply.send(Err(refusal))),
                    None => {
                        waiters.push((group.len() as u64, reply));
                        group.extend(records);
                    }
                },
                Command::AppendAboutRollback(records, reply) => {
                    waiters.push((group.len() as u64, reply));
                    group.extend(records);
                }
                Command::Head(reply) => {
                    self.append(std::mem::take(&mut group), std::mem::take(&mut waiters));
                    let _ = reply.send(self.ownership.writer().map(Writer::head));
                }
                Command::Reserve(reserve) => self.keep_reserve(reserve),
                Command::Access(batch) => self.access(batch),
                Command::Find(request, reply) => {
                    let _ = reply.send(self.find(&request));
                }
                Command::Recent(count, filter, reply) => {
                    let _ = reply.send(self.recent(count, &filter));
                }
                Command::Publish(reply) => {
                    self.append(std::mem::take(&mut group), std::mem::take(&mut waiters));
                    self.write_access();
                    let published = self.attempt(|owner| owner.publish(now()));
                    let _ = reply.send(published);
                }
                Command::Transfer(channel, reply) => {
                    self.append(std::mem::take(&mut group), std::mem::take(&mut waiters));
                    self.write_access();
                    let given = self.ownership.transfer(channel, now());
                    self.begin_anew(given.is_ok());
                    let _ = reply.send(given);
                }
                Command::TakeBack(reply) => {
                    self.append(std::mem::take(&mut group), std::mem::take(&mut waiters));
                    let taken = self.ownership.take_back();
                    self.begin_anew(taken.is_ok());
                    let _ = reply.send(taken);
                }
                Command::Close(reply) => {
                    closed = Some(reply);
                    break;
                }
            }
            taken += 1;
            next = if group.len().max(taken) < GROUP { commands.try_recv().ok() } else { None };
        }
        self.append(group, waiters);
        closed
    }

    fn tick(&mut self) {
        // A failure is remembered and told to everybody who records from here on.
        self.lacks = false;
        self.look_for_room();
        self.write_access();
        let _ = self.attempt(|owner| owner.tick(now()));
        self.summarise();
    }

    /// Has the bundles summarised that are full and published.
    fn summarise(&mut self) {
        let full = self.ownership.writer().map(Writer::full_bundles);
        if let Some(full) = full
            && self.summariser.as_mut().is_some_and(|summariser| summariser.tell(full))
        {
            self.lacks = true;
        }
    }

    fn recent(&self, count: usize, filter: &Filter) -> Recent {
        match self.ownership.writer() {
            Some(writer) => {
                let (entries, first) = (writer.index.recent(count, filter), writer.index.first());
                Recent { entries, first, is_behind: first.div_ceil(TILE as u64) > writer.full_bundles() }
            }
            None => Recent { first: self.ownership.size(), ..Recent::default() },
        }
    }

    fn find(&self, request: &RequestId) -> Found {
        match self.ownership.writer() {
            Some(writer) => Found { decision: writer.index.decision(request), first: writer.index.first() },
            // The newest are at hand with the owner; older ones are on the disk.
            None => Found { decision: None, first: self.ownership.size() },
        }
    }

    /// Another opening of the folder, here or in another process, verified it: an earlier failure is over.
    pub(crate) fn begin_anew(&mut self, opened: bool) {
        if opened {
            self.failure = None;
            self.reserved = false;
            self.gauges.failed.store(false, Ordering::Release);
            self.gauges.full.store(false, Ordering::Release);
        }
    }

    fn append(&mut self, group: Vec<Incoming>, waiters: Vec<Waiter>) {
        if waiters.is_empty() {
            return;
        }
        let appended =
            if group.is_empty() { Ok(self.ownership.size()) } else { self.attempt(|owner| owner.append(group)) };
        for (place, reply) in waiters {
            // One who stopped waiting needs no answer.
            let _ = reply.send(appended.clone().map(|start| start + place));
        }
    }

    fn access(&mut self, batch: AccessBatch) {
        self.unwritten.push_back(batch);
        self.write_access();
    }

    /// Writes access events in the order in which they came. While no file can be opened for them they wait, and when too
    /// much waits no more are taken.
    fn write_access(&mut self) {
        while let Some(batch) = self.unwritten.pop_front() {
            // What fails here for good fails the ledger: the next batch and the next decision are refused. What a full disk did not
            // take is written again once there is room: perhaps some of it twice, never not at all.
            let written = match self.reserved {
                true => Err(LedgerError::Full),
                false => self.attempt(|owner| owner.access(&batch)),
            };
            if written.is_err_and(|error| error.may_pass() || error.is_full()) {
                self.unwritten.push_front(batch);
                return;
            }
            self.gauges.waiting.fetch_sub(batch.bytes(), Ordering::AcqRel);
        }
    }

    /// Does something that writes, unless something failed before. After a failed write or sync the disk's content is not
    /// known, so nothing is ever tried again on top of it. Where a file could not even be opened nothing was written: the
    /// next try begins where this one did.
    fn attempt<T>(
        &mut self,
        write: impl FnOnce(&mut WriterOwnership) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        match &self.failure {
            Some(failure) if failure.is_full() => return Err(LedgerError::Full),
            Some(failure) => return Err(LedgerError::Failed(failure.to_string().into())),
            None => {}
        }
        let done = write(&mut self.ownership);
        if let Err(error) = &done {
            if error.may_pass() {
                tracing::error!(%error, "the ledger waits");
                self.lacks = true;
                return done;
            }
            self.failure = Some(error.clone());
            self.gauges.failed.store(true, Ordering::Release);
            if error.is_full() {
                tracing::error!(%error, "the disk is full; administrative acts alone are recorded until there is room");
                self.gauges.full.store(true, Ordering::Release);
                self.lacks = true;
                self.use_reserve();
                return Err(LedgerError::Full);
            }
            tracing::error!(%error, "the ledger failed; nothing is recorded until it is opened again");
        }
        done
    }
}
