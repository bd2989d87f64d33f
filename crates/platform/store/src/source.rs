//! What a change feed reads: the documents after a revision, and what is heard of commits.

use std::sync::Arc;
use std::time::Duration;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};

use crate::database::{Argument, Transaction};
use crate::store::{number, parse, revision_of};
use crate::{Store, StoreError};

/// How many documents are read at once.
const PAGE: u32 = 1000;
/// How long until a connection for notifications is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Where a [`ChangeFeed`](crate::ChangeFeed) reads: a [`Store`], or in a simulation what stands for one behind a network. It gives up
/// what does not answer: a feed waits for as long as it does.
pub trait Source: Clone + Send + Sync + 'static {
    /// The newest revision.
    ///
    /// # Errors
    /// When it cannot be had.
    fn revision(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// What changed after a revision, as of one moment.
    ///
    /// # Errors
    /// When it cannot be had.
    fn after(&self, position: u64) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// The commits of this process from now on.
    fn live(&self) -> broadcast::Receiver<Arc<Committed>>;

    /// The newest revision that was heard of. It may come late, repeatedly or never.
    fn heard(&self) -> watch::Receiver<u64>;
}

/// The documents that changed after a revision, in order.
#[derive(Debug)]
pub struct Page {
    /// The newest revision when it was read.
    pub head: u64,
    /// The newest deletion of which nothing is left.
    pub forgotten: u64,
    /// The changes. A page never ends inside a revision.
    pub changes: Vec<Change>,
    /// The revision that the page ends at, if there may be more.
    pub end: Option<u64>,
}

/// One commit of this process.
#[derive(Debug)]
pub struct Committed {
    /// The revision that it made.
    pub revision: u64,
    /// What it changed.
    pub changes: Vec<Change>,
}

impl Source for Store {
    async fn revision(&self) -> Result<u64, StoreError> {
        self.shared.revision().await
    }

    async fn after(&self, position: u64) -> Result<Page, StoreError> {
        let mut snapshot = self.shared.database.snapshot().await?;
        let head = counter(&mut snapshot, "revision").await?;
        let forgotten = counter(&mut snapshot, "forgotten").await?;
        let (changes, end) = page(&mut snapshot, position).await?;
        snapshot.commit().await?;
        Ok(Page { head, forgotten, changes, end })
    }

    fn live(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.shared.live.subscribe()
    }

    fn heard(&self) -> watch::Receiver<u64> {
        self.shared.heard.clone()
    }
}

type ChangeRow = (String, String, i64, i64, Option<String>);

const AFTER: &str = "SELECT kind, id, revision, at, body FROM documents \
    WHERE revision > $1 AND kind NOT IN ('credential', 'one-time', 'key') ORDER BY revision, place LIMIT $2";

const OF_REVISION: &str = "SELECT kind, id, revision, at, body FROM documents \
    WHERE revision = $1 AND kind NOT IN ('credential', 'one-time', 'key') ORDER BY revision, place";

/// The documents that changed after a revision, in order; with the revision the page ends at if there may be more.
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
            tokio::time::sleep(PAUSE).await;
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
