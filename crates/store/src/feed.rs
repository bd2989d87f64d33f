//! The change feed: what changed since a revision, and then each change as it is committed.

use std::sync::Arc;
use std::time::Duration;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};

use crate::StoreError;
use crate::database::{Argument, Transaction};
use crate::store::{Shared, number, parse, revision_of};

/// How many documents are read at once while catching up.
const PAGE: u32 = 1000;
/// How many commits are told at once while live.
const TOGETHER: usize = 256;
/// How often the database is asked for commits of other processes. Those of this process are told at once, and
/// PostgreSQL tells those of others.
const POLL: Duration = Duration::from_millis(250);

/// One commit of this process.
pub(crate) struct Committed {
    pub(crate) revision: u64,
    pub(crate) changes: Vec<Change>,
}

/// Tells what changes, in the order of revisions, without leaving a document behind.
///
/// While catching up, a document that changed several times is told once, as it is now. Once live, every commit is told
/// whole. In both cases what was told adds up to what the store holds. Sealed kinds are not told.
pub struct ChangeFeed {
    shared: Arc<Shared>,
    live: broadcast::Receiver<Arc<Committed>>,
    heard: watch::Receiver<u64>,
    position: u64,
    /// The newest deletion that was forgotten before this feed began: of what it has never been told, it misses nothing.
    forgotten_before: u64,
    behind: bool,
    failed: bool,
}

impl ChangeFeed {
    pub(crate) fn new(shared: Arc<Shared>, from: u64) -> Self {
        // First the ear, then the reading: what is committed between the two is heard and read, never neither.
        let (live, heard) = (shared.live.subscribe(), shared.heard.clone());
        Self { shared, live, heard, position: from, forgotten_before: 0, behind: true, failed: false }
    }

    /// The revision up to which everything was told.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether what was told so far is a state that the store was in. While it is not, more is to be read at once.
    #[must_use]
    pub const fn is_caught_up(&self) -> bool {
        !self.behind
    }

    /// The next changes, at least one. May be cancelled: nothing is lost.
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
        loop {
            let changes = if self.behind { self.catch_up().await? } else { self.listen().await? };
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    /// Waits until something is committed, here or elsewhere.
    async fn listen(&mut self) -> Result<Vec<Change>, StoreError> {
        tokio::select! {
            committed = self.live.recv() => Ok(self.take(committed)),
            Ok(()) = self.heard.changed() => {
                self.behind = *self.heard.borrow_and_update() > self.position;
                Ok(Vec::new())
            }
            () = tokio::time::sleep(POLL) => {
                let head = self.shared.revision().await?;
                self.behind = head != self.position;
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
        let mut snapshot = self.shared.database.snapshot().await?;
        let head = counter(&mut snapshot, "revision").await?;
        let forgotten = counter(&mut snapshot, "forgotten").await?;
        if head < self.position {
            return Err(StoreError::WentBack { position: self.position, head });
        }
        if self.position == 0 {
            self.forgotten_before = forgotten;
        }
        if forgotten > self.position.max(self.forgotten_before) {
            return Err(StoreError::FeedTooOld { position: self.position, forgotten });
        }
        let (changes, last) = page(&mut snapshot, self.position).await?;
        snapshot.commit().await?;
        self.behind = last.is_some();
        self.position = last.unwrap_or(head);
        Ok(changes)
    }
}

impl std::fmt::Debug for ChangeFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChangeFeed(at {})", self.position)
    }
}

type ChangeRow = (String, String, i64, i64, Option<String>);

const AFTER: &str = "SELECT kind, id, revision, at, body FROM documents \
    WHERE revision > $1 AND kind NOT IN ('credential', 'one-time', 'key') ORDER BY revision, place LIMIT $2";

const OF_REVISION: &str = "SELECT kind, id, revision, at, body FROM documents \
    WHERE revision = $1 AND kind NOT IN ('credential', 'one-time', 'key') ORDER BY revision, place";

/// The documents that changed after a revision, in order; with the revision the page ends at if there may be more. A page
/// never ends inside a revision.
async fn page(snapshot: &mut Transaction, after: u64) -> Result<(Vec<Change>, Option<u64>), StoreError> {
    let arguments = [Argument::Number(number(after)), Argument::Number(PAGE.into())];
    let mut rows: Vec<ChangeRow> = snapshot.rows(AFTER, &arguments).await?;
    let mut end = None;
    if rows.len() == PAGE as usize
        && let Some(last) = rows.last().map(|row| row.2)
    {
        rows.retain(|row| row.2 != last);
        rows.extend(snapshot.rows::<ChangeRow>(OF_REVISION, &[Argument::Number(last)]).await?);
        end = Some(revision_of(last)?);
    }
    // A deletion is news only to a feed that can know the document.
    let known = |row: &ChangeRow| after > 0 || row.4.is_some();
    let changes: Result<Vec<Change>, StoreError> = rows.into_iter().filter(known).map(change).collect();
    Ok((changes?, end))
}

fn change((kind, id, revision, at, body): ChangeRow) -> Result<Change, StoreError> {
    let kind = Kind::from_name(&kind).ok_or_else(|| StoreError::Corrupt(format!("{kind}/{id}")))?;
    let body = body.map(|text| parse(kind, &id, &text)).transpose()?;
    Ok(Change { revision: revision_of(revision)?, kind, id, body, at: Timestamp::from_millis(at) })
}

async fn counter(snapshot: &mut Transaction, name: &str) -> Result<u64, StoreError> {
    let sql = "SELECT value FROM counters WHERE name = $1";
    let rows: Vec<(i64,)> = snapshot.rows(sql, &[Argument::Text(name)]).await?;
    revision_of(rows.first().map_or(-1, |row| row.0))
}

/// Hears PostgreSQL's notifications of commits, from any process. While it cannot, feeds still poll.
pub(crate) fn listen(pool: PgPool, tell: watch::Sender<u64>) -> tokio::task::AbortHandle {
    let task = tokio::spawn(async move {
        loop {
            if let Err(error) = hear(&pool, &tell).await {
                tracing::warn!(%error, "the database's notifications cannot be heard; polling goes on");
            }
            tokio::time::sleep(POLL * 4).await;
        }
    });
    task.abort_handle()
}

async fn hear(pool: &PgPool, tell: &watch::Sender<u64>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("sekisho").await?;
    loop {
        if let Ok(revision) = listener.recv().await?.payload().parse::<u64>() {
            tell.send_if_modified(|newest| {
                let newer = revision > *newest;
                *newest = revision.max(*newest);
                newer
            });
        }
    }
}
