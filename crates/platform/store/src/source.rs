//! What a change feed reads: the documents after a revision, and what is heard of commits.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};

use crate::columns::{number, parse, revision_of};
use crate::database::{Argument, Transaction};
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
    /// The kinds that this program does not know and of which documents changed.
    pub unknown: Vec<UnknownKind>,
    /// The revision that the page ends at, if there may be more.
    pub end: Option<u64>,
}

/// A stored kind that this program does not know: a newer version wrote its documents, and they are skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind {
    /// The kind's name.
    pub name: String,
    /// Whether the version that wrote them marked the kind as critical; `None` when no document of the kind is left.
    pub is_critical: Option<bool>,
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
        let Rows { changes, end, unknown } = page(&mut snapshot, position).await?;
        snapshot.commit().await?;
        Ok(Page { head, forgotten, changes, unknown, end })
    }

    fn live(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.shared.live.subscribe()
    }

    fn heard(&self) -> watch::Receiver<u64> {
        self.shared.heard.clone()
    }
}

type ChangeRow = (String, String, i64, i64, Option<String>);

static AFTER: LazyLock<String> = LazyLock::new(|| {
    let sealed = sealed_kinds();
    format!(
        "SELECT kind, id, revision, at, body FROM documents \
        WHERE revision > $1 AND kind NOT IN ({sealed}) ORDER BY revision, place LIMIT $2"
    )
});

static OF_REVISION: LazyLock<String> = LazyLock::new(|| {
    let sealed = sealed_kinds();
    format!(
        "SELECT kind, id, revision, at, body FROM documents \
        WHERE revision = $1 AND kind NOT IN ({sealed}) ORDER BY revision, place"
    )
});

const IS_CRITICAL: &str = "SELECT MAX(critical) FROM documents WHERE kind = $1 AND body IS NOT NULL";

/// The sealed kinds as a list of SQL texts: their names are the program's own and need no escape.
fn sealed_kinds() -> String {
    let sealed = Kind::ALL.into_iter().filter(|kind| kind.is_sealed());
    sealed.map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ")
}

/// The documents that changed after a revision, in order; with the revision the page ends at if there may be more.
async fn page(snapshot: &mut Transaction, after: u64) -> Result<Rows, StoreError> {
    let arguments = [Argument::Number(number(after)), Argument::Number(PAGE.into())];
    let mut rows: Vec<ChangeRow> = snapshot.rows(AFTER.as_str(), &arguments).await?;
    let mut end = None;
    if rows.len() == PAGE as usize
        && let Some(last) = rows.last().map(|row| row.2)
    {
        rows.retain(|row| row.2 != last);
        rows.extend(snapshot.rows::<ChangeRow>(OF_REVISION.as_str(), &[Argument::Number(last)]).await?);
        end = Some(revision_of(last)?);
    }
    let (mut changes, mut unknown) = (Vec::with_capacity(rows.len()), BTreeSet::new());
    for row in rows {
        match Kind::from_name(&row.0) {
            // A deletion is news only to a feed that can know the document.
            Some(kind) if after > 0 || row.4.is_some() => changes.push(change(kind, row)?),
            Some(_) => {}
            None => drop(unknown.insert(row.0)),
        }
    }
    Ok(Rows { changes, end, unknown: unknown_kinds(snapshot, unknown).await? })
}

/// What a page reads of the documents.
struct Rows {
    changes: Vec<Change>,
    end: Option<u64>,
    unknown: Vec<UnknownKind>,
}

/// How matters stand with kinds that this program does not know: their bodies are not read.
async fn unknown_kinds(snapshot: &mut Transaction, names: BTreeSet<String>) -> Result<Vec<UnknownKind>, StoreError> {
    let mut kinds = Vec::with_capacity(names.len());
    for name in names {
        let rows: Vec<(Option<i64>,)> = snapshot.rows(IS_CRITICAL, &[Argument::Text(&name)]).await?;
        let is_critical = rows.first().and_then(|row| row.0).map(|critical| critical != 0);
        kinds.push(UnknownKind { name, is_critical });
    }
    Ok(kinds)
}

fn change(kind: Kind, (_, id, revision, at, body): ChangeRow) -> Result<Change, StoreError> {
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
