//! The state: the newest events and the folder of the others; the task that owns them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sekisho_ledger::Ledger;
use sekisho_model::{Span, Timestamp};
use tokio::sync::watch;

use crate::file_name::files;
use crate::reading::Reading;
use crate::syslog::Sending;
use crate::tail::{KEPT, Tail};
use crate::write_file::{Cursor, last_cursor, write};
use crate::{Event, EventsError, SyslogServer};

/// The number of events of a file.
const FULL: usize = 32_768;
/// Events that have waited so long are a file.
const OLD: Span = Span::from_minutes(60);
/// How many windows of the ledger one turn reads before it publishes.
const WINDOWS: usize = 8;

/// The events. Clones share them.
#[derive(Debug, Clone)]
pub struct Events {
    pub(crate) folder: Arc<Path>,
    pub(crate) tail: watch::Sender<Tail>,
    pub(crate) sending: Sending,
}

impl Events {
    /// Events in that folder, sent to `server` if there is one. Its tasks make them.
    #[must_use]
    pub fn new(folder: PathBuf, server: Option<SyslogServer>) -> Self {
        // Until the task says where the files end, everything is searched for in them.
        let tail = Tail { written: u64::MAX, ..Tail::default() };
        Self { folder: folder.into(), tail: watch::Sender::new(tail), sending: Sending::new(server) }
    }

    /// The newest events, and each that comes after them.
    #[must_use]
    pub fn tail(&self) -> watch::Receiver<Tail> {
        self.tail.subscribe()
    }

    /// The folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// What the task knows between its turns.
pub(crate) struct Deriving {
    events: Events,
    ledger: Ledger,
    reading: Option<Reading>,
    /// The process that holds it writes files. Another one, during an upgrade, keeps its events in memory alone.
    lock: Option<File>,
}

impl Deriving {
    pub(crate) const fn new(events: Events, ledger: Ledger) -> Self {
        Self { events, ledger, reading: None, lock: None }
    }

    /// Makes the events of new entries, publishes them, and writes a file when it is time.
    pub(crate) async fn turn(&mut self, now: Timestamp) -> Result<(), EventsError> {
        self.take_lock()?;
        if self.reading.is_none() {
            let cursor = last_cursor(&self.events.folder)?;
            self.events.tail.send_modify(|tail| tail.written = cursor.next);
            self.reading = Some(Reading::new(self.ledger.clone(), cursor));
        }
        for _ in 0..WINDOWS {
            let Some(reading) = self.reading.as_mut().filter(|reading| reading.is_behind()) else { break };
            let made = reading.turn().await?;
            let cursor = reading.cursor;
            self.publish(made, cursor);
            self.write(cursor, now).await?;
        }
        let cursor = self.reading.as_ref().map(|reading| reading.cursor).unwrap_or_default();
        self.write(cursor, now).await
    }

    fn take_lock(&mut self) -> Result<(), EventsError> {
        if self.lock.is_some() {
            return Ok(());
        }
        let path = self.events.folder.join("lock");
        std::fs::create_dir_all(&self.events.folder).map_err(EventsError::file(&self.events.folder))?;
        let file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(EventsError::file(&path))?;
        if file.try_lock().is_ok() {
            self.lock = Some(file);
            self.events.tail.send_modify(|tail| tail.is_writer = true);
        }
        Ok(())
    }

    fn publish(&self, made: Vec<Event>, cursor: Cursor) {
        let behind = self.ledger.size().saturating_sub(cursor.next);
        self.events.tail.send_modify(|tail| {
            tail.made += made.len() as u64;
            tail.events.extend(made.into_iter().map(Arc::new));
            (tail.next, tail.behind) = (cursor.next, behind);
        });
    }

    /// Writes what is not in a file yet, when it is enough or old enough.
    async fn write(&self, cursor: Cursor, now: Timestamp) -> Result<(), EventsError> {
        let folder = Arc::clone(&self.events.folder);
        if self.lock.is_none() {
            self.follow_files()?;
            return Ok(());
        }
        let (first, events): (u64, Vec<Arc<Event>>) = {
            let tail = self.events.tail.borrow();
            let new = || tail.events.iter().rev().take_while(|event| event.position.entry >= tail.written);
            let (count, oldest) = (new().count(), new().last());
            let is_old = oldest.is_some_and(|oldest| now.since(oldest.at).as_millis() >= OLD.as_millis());
            if count < FULL && !is_old {
                return Ok(());
            }
            let mut events: Vec<_> = new().cloned().collect();
            events.reverse();
            (tail.written, events)
        };
        let writing = tokio::task::spawn_blocking(move || write(&folder, first, &events, cursor));
        writing.await.map_err(|_| EventsError::Interrupted)??;
        self.forget(cursor.next);
        Ok(())
    }

    /// Another process writes files: what is in them need not be kept.
    fn follow_files(&self) -> Result<(), EventsError> {
        if self.events.tail.borrow().events.len() <= FULL {
            return Ok(());
        }
        let end = files(&self.events.folder)?.last().map(|last| last.end);
        // A process that never gets the lock must not grow without end: what it forgets, the other one has.
        let oldest_kept = {
            let tail = self.events.tail.borrow();
            let from = tail.events.len().saturating_sub(FULL);
            tail.events.get(from).map(|event| event.position.entry)
        };
        self.forget(end.or(oldest_kept).unwrap_or_default());
        Ok(())
    }

    fn forget(&self, written: u64) {
        self.events.tail.send_if_modified(|tail| {
            tail.written = tail.written.max(written);
            while tail.events.len() > KEPT
                && tail.events.front().is_some_and(|event| event.position.entry < tail.written)
            {
                tail.events.pop_front();
            }
            false
        });
    }
}
