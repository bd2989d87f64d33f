//! The change feed: what changed since a revision, and then each change as it is committed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sekisho_model::documents::Change;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::source::{Committed, Source};
use crate::{Store, StoreError};

/// How many commits are told at once while live.
const TOGETHER: usize = 256;
/// How often the database is asked for commits of other processes. Those of this process are told at once, and
/// PostgreSQL tells those of others.
const POLL: Duration = Duration::from_millis(250);

/// Tells what changes, in the order of revisions, without leaving a document behind.
///
/// While catching up, a document that changed several times is told once, as it is now. Once live, every commit is told
/// whole. In both cases what was told adds up to what the store holds. Sealed kinds are not told.
pub struct ChangeFeed<S: Source = Store> {
    source: S,
    live: broadcast::Receiver<Arc<Committed>>,
    heard: watch::Receiver<u64>,
    position: u64,
    /// The kinds that this program does not know, with whether they are critical.
    unknown: BTreeMap<String, bool>,
    /// The newest deletion that was forgotten before this feed began: of what it has never been told, it misses nothing.
    forgotten_before: u64,
    behind: bool,
    failed: bool,
    as_of: Option<Instant>,
    /// When the database is asked next, whatever is heard until then.
    ask_at: Instant,
}

impl<S: Source> ChangeFeed<S> {
    /// A feed of what changed after that revision, and then of what changes; 0 tells everything there is first.
    #[must_use]
    pub fn new(source: S, from: u64) -> Self {
        // First the ear, then the reading: what is committed between the two is heard and read, never neither.
        let (live, heard) = (source.live(), source.heard());
        Self {
            source,
            live,
            heard,
            position: from,
            unknown: BTreeMap::new(),
            forgotten_before: 0,
            behind: true,
            failed: false,
            as_of: None,
            ask_at: Instant::now(),
        }
    }

    /// The revision up to which everything was told.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The stored kinds that this program does not know, in order of name, with whether they are critical: without their
    /// documents a decision could permit more than with them.
    pub fn unknown_kinds(&self) -> impl Iterator<Item = (&str, bool)> {
        self.unknown.iter().map(|(kind, is_critical)| (kind.as_str(), *is_critical))
    }

    /// Whether what was told so far is a state that the store was in. While it is not, more is to be read at once.
    #[must_use]
    pub const fn is_caught_up(&self) -> bool {
        !self.behind
    }

    /// The last time at which the store is known to have held nothing more than was told. It is when the database was asked,
    /// not when it answered: what was committed while the answer was on its way is not in it.
    #[must_use]
    pub const fn as_of(&self) -> Option<Instant> {
        self.as_of
    }

    /// The next changes; or none when the database only confirmed that there are none, which moves
    /// [`ChangeFeed::as_of`]. May be cancelled: nothing is lost, but an answer that was on its way is asked for again.
    ///
    /// # Errors
    /// When the database fails: call again, the feed goes on from where it was (after a pause of its own).
    /// [`StoreError::FeedTooOld`] and [`StoreError::WentBack`] are final: begin a new feed from 0.
    pub async fn next(&mut self) -> Result<Vec<Change>, StoreError> {
        if self.failed {
            tokio::time::sleep(POLL).await;
            self.failed = false;
        }
        let told = self.advance().await;
        self.failed = told.is_err();
        told
    }

    /// A part of what is committed and not told yet; `None` when there is nothing more. It does not wait, so that one who
    /// begins can read all there is, part by part, before anything else.
    ///
    /// # Errors
    /// As [`ChangeFeed::next`].
    pub async fn present(&mut self) -> Result<Option<Vec<Change>>, StoreError> {
        let changes = self.catch_up().await?;
        Ok((self.behind || !changes.is_empty()).then_some(changes))
    }

    async fn advance(&mut self) -> Result<Vec<Change>, StoreError> {
        let before = self.as_of;
        loop {
            let changes = if self.behind { self.catch_up().await? } else { self.listen().await? };
            if !changes.is_empty() || self.as_of != before {
                return Ok(changes);
            }
        }
    }

    /// Waits until something is committed, here or elsewhere, or it is time to ask.
    async fn listen(&mut self) -> Result<Vec<Change>, StoreError> {
        tokio::select! {
            // Asked also while this process commits without end: what it tells itself confirms nothing of the others.
            biased;
            () = tokio::time::sleep_until(self.ask_at) => {
                let asked = self.asks();
                let head = self.source.revision().await?;
                self.behind = head != self.position;
                if !self.behind {
                    self.as_of = Some(asked);
                }
                Ok(Vec::new())
            }
            committed = self.live.recv() => Ok(self.take(committed)),
            Ok(()) = self.heard.changed() => {
                self.behind = *self.heard.borrow_and_update() > self.position;
                Ok(Vec::new())
            }
        }
    }

    /// Takes a commit that was told live, and those that wait behind it. One that does not follow on the last is read from
    /// the database together with what lies between.
    fn take(&mut self, first: Result<Arc<Committed>, broadcast::error::RecvError>) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut next = first.ok();
        for _ in 0..TOGETHER {
            match next {
                Some(committed) if committed.revision <= self.position => {}
                Some(committed) if committed.revision == self.position + 1 => {
                    self.position = committed.revision;
                    changes.extend(committed.changes.iter().cloned());
                }
                _ => {
                    self.behind = true;
                    break;
                }
            }
            next = match self.live.try_recv() {
                Ok(committed) => Some(committed),
                Err(broadcast::error::TryRecvError::Lagged(_)) => None,
                Err(_) => break,
            };
        }
        changes
    }

    async fn catch_up(&mut self) -> Result<Vec<Change>, StoreError> {
        let asked = self.asks();
        let page = self.source.after(self.position).await?;
        if page.head < self.position {
            return Err(StoreError::WentBack { position: self.position, head: page.head });
        }
        if self.position == 0 {
            self.forgotten_before = page.forgotten;
        }
        if page.forgotten > self.position.max(self.forgotten_before) {
            return Err(StoreError::FeedTooOld { position: self.position, forgotten: page.forgotten });
        }
        for kind in page.unknown {
            match kind.is_critical {
                Some(is_critical) => drop(self.unknown.insert(kind.name, is_critical)),
                None => drop(self.unknown.remove(&kind.name)),
            }
        }
        self.behind = page.end.is_some();
        self.position = page.end.unwrap_or(page.head);
        if !self.behind {
            self.as_of = Some(asked);
        }
        Ok(page.changes)
    }

    fn asks(&mut self) -> Instant {
        let now = Instant::now();
        self.ask_at = now + POLL;
        now
    }
}

impl<S: Source> fmt::Debug for ChangeFeed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeFeed(at {})", self.position)
    }
}
