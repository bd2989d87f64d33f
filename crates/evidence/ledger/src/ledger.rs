//! The handle: what other crates ask of the ledger. The ledger's own thread does it.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};

use sekisho_model::{Act, DecisionRecord, Record, RequestId};
use tokio::sync::oneshot;

use crate::batch::AccessBatch;
use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::filter::{EntryKind, Filter};
use crate::folder::Folder;
use crate::key::{PublicKey, SigningKey};
use crate::proof::InclusionProof;
use crate::reserve::{Reserve, free_bytes};
use crate::search::Found;
use crate::thread::{self, Command, Gauges, Recent};
use crate::writer::{Identity, Incoming};
use crate::{key, proof, recover, relay, search};

/// How many commands may wait.
const WAITING: usize = 8192;
/// How many bytes of access events may wait.
const WAITING_BYTES: usize = 64 << 20;
const MAX_ORIGIN: usize = 100;

/// A handle on the ledger. Clones share its thread.
#[derive(Clone)]
pub struct Ledger {
    commands: SyncSender<Command>,
    gauges: Arc<Gauges>,
    size: Arc<AtomicU64>,
    public: Arc<PublicKey>,
    pub(crate) folder: Arc<Folder>,
    sealed_as: Arc<OnceLock<String>>,
}

/// Whether entries can be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They can.
    Sound,
    /// The disk is full: administrative acts alone are recorded until there is room.
    Full,
    /// The ledger does not hold what was sealed of it elsewhere, and nobody accepted that.
    RolledBack,
    /// A write failed for good.
    Failed,
}

impl Ledger {
    /// Opens the ledger in that folder, making it when it is absent, and starts its thread. What was being written when the
    /// process last ended and had not been acknowledged is dropped; everything acknowledged is there.
    ///
    /// `origin` names the log in its checkpoints: `sekisho.example/ledger`. At most 100 bytes without white space or `+`.
    ///
    /// # Errors
    /// When the folder cannot be used, is in use, or was altered.
    pub fn open(folder: &Path, origin: &str, key: SigningKey) -> Result<Self, LedgerError> {
        if !key::is_name(origin) || origin.len() > MAX_ORIGIN {
            return Err(LedgerError::Origin(origin.chars().take(MAX_ORIGIN).collect()));
        }
        let public = Arc::new(key.public(origin));
        let writer = recover::open(folder, Identity { origin: origin.to_owned(), key: Arc::new(key) })?;
        let (size, gauges) = (writer.size(), Arc::new(Gauges::default()));
        let (commands, waiting) = sync_channel(WAITING);
        let shared = Arc::clone(&gauges);
        let thread = std::thread::Builder::new().name("ledger".to_owned());
        thread.spawn(move || thread::run(writer, &waiting, shared)).map_err(LedgerError::file(folder))?;
        let (folder, sealed_as) = (Arc::new(Folder::new(folder)), Arc::default());
        Ok(Self { commands, gauges, size, public, folder, sealed_as })
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
    pub async fn append_all(&self, records: Vec<Record>) -> Result<u64, LedgerError> {
        let incoming: Result<Vec<Incoming>, LedgerError> = records.into_iter().map(Incoming::of).collect();
        let incoming = incoming?;
        self.ask(|reply| Command::Append(incoming, reply)).await?
    }

    /// Hands access events over, without waiting. They are written at once and sealed within a second. An empty batch asks
    /// whether events would be taken.
    ///
    /// # Errors
    /// When they cannot be taken: the requests they stand for must be refused.
    pub fn access(&self, batch: AccessBatch) -> Result<(), LedgerError> {
        match self.standing() {
            Standing::Sound => {}
            Standing::Full => return Err(LedgerError::Full),
            Standing::RolledBack => return Err(LedgerError::RolledBack),
            Standing::Failed => return Err(LedgerError::Failed("a write failed".into())),
        }
        let bytes = batch.bytes();
        if self.gauges.waiting.fetch_add(bytes, Ordering::AcqRel) + bytes > WAITING_BYTES {
            self.gauges.waiting.fetch_sub(bytes, Ordering::AcqRel);
            return Err(LedgerError::Overloaded);
        }
        let sent = self.send(Command::Access(batch));
        if sent.is_err() {
            self.gauges.waiting.fetch_sub(bytes, Ordering::AcqRel);
        }
        sent
    }

    /// The newest decision on a request, and its index. Recent ones are at hand; older ones are searched for on the disk.
    pub async fn find_decision(&self, request: &str) -> Option<(u64, DecisionRecord)> {
        let request = RequestId::new(request);
        let found = self.ask(|reply| Command::Find(request.clone(), reply)).await.ok()?;
        if let Some((index, record)) = found.decision {
            return decision(index, Arc::unwrap_or_clone(record));
        }
        let filter = Filter {
            kind: Some(EntryKind::Decision),
            request: Some(request),
            before: Some(found.first),
            ..Filter::default()
        };
        let (index, record) = self.newest(filter).await?;
        decision(index, record)
    }

    /// The newest decision on a request among the entries at hand, and its index.
    pub(crate) async fn recent_decision(&self, request: &str) -> Option<(u64, DecisionRecord)> {
        let found = self.ask(|reply| Command::Find(RequestId::new(request), reply)).await.ok()?;
        let (index, record) = found.decision?;
        decision(index, Arc::unwrap_or_clone(record))
    }

    /// The newest entries that fit, newest first, of those the ledger has at hand (the last 16,384).
    pub async fn recent(&self, count: usize, filter: Filter) -> Vec<(u64, Record)> {
        self.at_hand(count, filter).await.entries.into_iter().map(owned).collect()
    }

    /// The newest entries that fit, newest first, down to the first entry of the ledger: those at hand, then those on the disk.
    ///
    /// One search is bounded. Where it found less than `count`, [`Found::next`] says from where to go on.
    pub async fn search(&self, count: usize, filter: Filter) -> Found {
        let count = count.max(1);
        let Recent { entries, first, is_behind } = self.at_hand(count, filter.clone()).await;
        let entries: Vec<(u64, Record)> = entries.into_iter().map(owned).collect();
        if entries.len() == count {
            let next = entries.last().map(|(index, _)| *index).filter(|index| *index > 0);
            return Found { entries, next };
        }
        if is_behind && let Err(error) = self.checkpoint().await {
            tracing::warn!(%error, "a search may miss entries that are not published yet");
        }
        let end = filter.before.map_or(first, |before| before.min(first));
        let (folder, left) = (Arc::clone(&self.folder), count - entries.len());
        let older = tokio::task::spawn_blocking(move || search::entries(&folder, &filter, end, left)).await;
        let Found { entries: older, next } = older.unwrap_or_default();
        Found { entries: entries.into_iter().chain(older).collect(), next }
    }

    /// The newest entry that fits, however old it is.
    pub(crate) async fn newest(&self, mut filter: Filter) -> Option<(u64, Record)> {
        loop {
            let mut found = self.search(1, filter.clone()).await;
            if let Some(newest) = found.entries.pop() {
                return Some(newest);
            }
            filter.before = Some(found.next?);
        }
    }

    /// The entry with that index.
    pub async fn entry(&self, index: u64) -> Option<Record> {
        let after = index.checked_sub(1);
        // Seals have no kind unless they are asked for.
        let filter = Filter { before: Some(index + 1), after, ..Filter::default() };
        self.search(1, filter).await.entries.pop().map(|(_, record)| record)
    }

    async fn at_hand(&self, count: usize, filter: Filter) -> Recent {
        self.ask(|reply| Command::Recent(count, Box::new(filter), reply)).await.unwrap_or_default()
    }

    /// How many entries are on the disk.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Whether entries can be recorded: false once a write failed, or nobody was there to write.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.standing() == Standing::Sound
    }

    /// Whether entries can be recorded, and why not.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let is_set = |gauge: &AtomicBool| gauge.load(Ordering::Acquire);
        if is_set(&self.gauges.rolled_back) {
            Standing::RolledBack
        } else if is_set(&self.gauges.full) {
            Standing::Full
        } else if is_set(&self.gauges.failed) {
            Standing::Failed
        } else {
            Standing::Sound
        }
    }

    /// Keeps a file of that many bytes, which is released when the disk is full so that administrative acts can still be recorded. A
    /// disk without room for it counts as full.
    ///
    /// # Errors
    /// When the ledger is closed or overloaded.
    pub fn keep_reserve(&self, file: PathBuf, bytes: u64) -> Result<(), LedgerError> {
        self.send(Command::Reserve(Reserve::new(file, bytes)))
    }

    /// The bytes that may still be written on the ledger's disk.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        free_bytes(self.folder.root())
    }

    /// The head of everything that is on the disk now; `None` while another process owns the ledger.
    ///
    /// # Errors
    /// When the ledger is closed or overloaded.
    pub async fn head(&self) -> Result<Option<Checkpoint>, LedgerError> {
        self.ask(Command::Head).await
    }

    /// Whether the ledger begins with exactly the entries of that head.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn begins_with(&self, head: &Checkpoint) -> Result<bool, LedgerError> {
        if head.origin != self.public.name() || head.size > self.size() {
            return Ok(false);
        }
        self.checkpoint().await?;
        let head = head.clone();
        self.with_tiles(move |folder, public| proof::begins_with(folder, public, &head)).await
    }

    /// Stops recording, or resumes: the ledger does not hold what was sealed of it elsewhere, or that was accepted.
    pub fn set_rolled_back(&self, is_rolled_back: bool) {
        self.gauges.rolled_back.store(is_rolled_back, Ordering::Release);
    }

    /// Records the alarm about a rolled-back ledger, or the act that accepts it: the only entries that such a ledger takes.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn append_about_rollback(&self, act: Act) -> Result<u64, LedgerError> {
        let incoming = vec![Incoming::of(Record::Act(act))?];
        self.ask(|reply| Command::AppendAboutRollback(incoming, reply)).await?
    }

    /// Names the document in which the heads of this ledger are sealed.
    pub fn seal_as(&self, document: &str) {
        // The first name counts: a ledger keeps its document.
        let _ = self.sealed_as.set(document.to_owned());
    }

    /// The document in which the heads of this ledger are sealed, if any.
    #[must_use]
    pub fn sealed_as(&self) -> Option<&str> {
        self.sealed_as.get().map(String::as_str)
    }

    /// The key that its checkpoints are checked with.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Seals and publishes everything recorded so far; the signed checkpoint, to be kept elsewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn checkpoint(&self) -> Result<String, LedgerError> {
        self.ask(Command::Publish).await?
    }

    /// Proves that an entry is in the log, against a checkpoint that holds it.
    ///
    /// # Errors
    /// When there is no such entry, or the tiles cannot be read.
    pub async fn prove(&self, index: u64) -> Result<InclusionProof, LedgerError> {
        if index >= self.size() {
            return Err(LedgerError::NoSuchEntry { index, size: self.size() });
        }
        self.checkpoint().await?;
        self.with_tiles(move |folder, public| proof::prove(folder, public, index)).await
    }

    /// Releases the folder, sealed and published, so that the process at the other end of the channel can open it. What is recorded
    /// here afterwards is sent there, and acknowledged once it is on the disk. If that process ends, the folder is opened here
    /// again, unless [`Ledger::give_away`] was called.
    ///
    /// # Errors
    /// When the ledger is closed, or another process's already.
    pub async fn transfer_to_successor(&self, channel: UnixStream) -> Result<(), LedgerError> {
        self.ask(|reply| Command::Transfer(channel, reply)).await?
    }

    /// Opens the folder here again: the successor is gone.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn take_back(&self) -> Result<(), LedgerError> {
        self.ask(Command::TakeBack).await?
    }

    /// The successor is ready: the folder is never opened here again.
    pub fn give_away(&self) {
        self.gauges.given.store(true, Ordering::Release);
    }

    /// Records what an earlier process sends over that channel, in which [`Ledger::transfer_to_successor`] was called, until it ends.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn serve_earlier(&self, channel: UnixStream) -> std::io::Result<()> {
        let (commands, gauges) = (self.commands.clone(), Arc::clone(&self.gauges));
        let thread = std::thread::Builder::new().name("ledger-relay".to_owned());
        thread.spawn(move || relay::serve(channel, &commands, &gauges)).map(drop)
    }

    /// Seals and publishes what is recorded, and ends the thread. Later appends fail. Dropping the last handle does so too,
    /// without waiting.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        let commands = self.commands.clone();
        // Waits for room in the queue, which only the thread makes.
        let sent = tokio::task::spawn_blocking(move || commands.send(Command::Close(reply)).is_ok()).await;
        if sent.is_ok_and(|sent| sent) {
            let _ = closed.await;
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply))?;
        answer.await.map_err(|_| self.is_gone())
    }

    fn send(&self, command: Command) -> Result<(), LedgerError> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => LedgerError::Overloaded,
            TrySendError::Disconnected(_) => self.is_gone(),
        })
    }

    /// Nobody writes any more, whyever that is.
    fn is_gone(&self) -> LedgerError {
        self.gauges.failed.store(true, Ordering::Release);
        LedgerError::Closed
    }

    /// Reads published tiles off the async threads. A publication in between may take partial tiles away: then again.
    async fn with_tiles<T: Send + 'static>(
        &self,
        read: impl Fn(&Folder, &PublicKey) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (folder, public) = (Arc::clone(&self.folder), Arc::clone(&self.public));
        let reading = tokio::task::spawn_blocking(move || {
            let mut attempt = 0;
            loop {
                attempt += 1;
                match read(&folder, &public) {
                    Err(LedgerError::File { .. }) if attempt < 5 => {}
                    done => return done,
                }
            }
        });
        reading.await.map_err(|_| LedgerError::Closed)?
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({})", self.public.name())
    }
}

fn owned((index, record): (u64, Arc<Record>)) -> (u64, Record) {
    (index, Arc::unwrap_or_clone(record))
}

fn decision(index: u64, record: Record) -> Option<(u64, DecisionRecord)> {
    match record {
        Record::Decision(decision) => Some((index, *decision)),
        _ => None,
    }
}
