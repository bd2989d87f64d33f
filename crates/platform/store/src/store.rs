//! The store itself: read, commit, consume, watch.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::columns::{parse, revision_of};
use crate::database::{Argument, Database, PATIENCE};
use crate::feed::ChangeFeed;
use crate::some::{SELECT_SOME, SOME, arguments_of_some};
use crate::source::Committed;
use crate::write::CommitContext;
use crate::{CommitError, Document, MasterKey, Past, StoreError, StoreUrl, Write, schema, seal, write};

/// How many commits a feed may be behind before it reads from the database instead.
const LIVE_COMMITS: usize = 1024;
const LIST_PAGE: u32 = 1000;
const ATTEMPTS: u32 = 6;

/// A handle on the documents. Clones share the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) key: MasterKey,
    /// What this process commits.
    pub(crate) live: broadcast::Sender<Arc<Committed>>,
    /// The newest revision that the database told of, for what other processes commit.
    pub(crate) heard: watch::Receiver<u64>,
    listener: Option<tokio::task::AbortHandle>,
}

type DocumentRow = (String, i64, i64, String, String);

impl Store {
    /// Opens the documents at that address, making or upgrading the tables.
    ///
    /// # Errors
    /// When the database cannot be reached, was written by a newer program, or was sealed under another key.
    pub async fn open(url: &StoreUrl, key: MasterKey) -> Result<Self, StoreError> {
        let database = Database::open(url).await?;
        schema::prepare(&database, &key).await?;
        let (live, _) = broadcast::channel(LIVE_COMMITS);
        let (tell, heard) = watch::channel(0);
        let listener = match &database {
            Database::Sqlite { .. } => None,
            Database::Postgres(pool) => Some(crate::source::listen(pool.clone(), tell)),
        };
        Ok(Self { shared: Arc::new(Shared { database, key, live, heard, listener }) })
    }

    /// Opens the documents at that address to read them, also beside a running platform. Nothing is made or upgraded.
    ///
    /// # Errors
    /// When there is no database, it cannot be reached, was written by a newer program, or was sealed under another key.
    pub async fn open_to_read(url: &StoreUrl, key: MasterKey) -> Result<Self, StoreError> {
        let database = Database::open_to_read(url).await?;
        schema::check(&database, &key).await?;
        let ((live, _), (_, heard)) = (broadcast::channel(1), watch::channel(0));
        Ok(Self { shared: Arc::new(Shared { database, key, live, heard, listener: None }) })
    }

    /// Writes a consistent copy of an embedded database into that file, also beside a running platform. Returns `false` for a database on a
    /// server, which has tools of its own.
    ///
    /// # Errors
    /// When the database cannot be read or the copy cannot be written.
    pub async fn copy_to(&self, file: &Path) -> Result<bool, StoreError> {
        Ok(self.shared.database.copy_to(file).await?)
    }

    /// Closes the connections. Dropping the store does so too, without waiting.
    pub async fn close(&self) {
        self.shared.stop_listening();
        self.shared.database.close().await;
    }

    /// The document, if there is one.
    ///
    /// # Errors
    /// When the database fails or the document was altered outside.
    pub async fn get(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError> {
        let sql = "SELECT id, revision, at, actor, body FROM documents \
            WHERE kind = $1 AND id = $2 AND body IS NOT NULL";
        let rows: Vec<DocumentRow> =
            self.shared.database.read(sql, &[Argument::Text(kind.name()), Argument::Text(id)]).await?;
        rows.into_iter().next().map(|row| self.document(kind, row)).transpose()
    }

    /// Of these identifiers the documents that are there, in no order.
    ///
    /// # Errors
    /// When the database fails or a document was altered outside.
    pub async fn get_some(&self, kind: Kind, ids: &[impl AsRef<str>]) -> Result<Vec<Document>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(SOME) {
            let rows: Vec<DocumentRow> =
                self.shared.database.read(&SELECT_SOME, &arguments_of_some(kind, some)).await?;
            for row in rows {
                found.push(self.document(kind, row)?);
            }
        }
        Ok(found)
    }

    /// Up to `limit` documents of a kind, in the order of their identifiers' bytes, after the identifier `after`.
    ///
    /// # Errors
    /// When the database fails or a document was altered outside.
    pub async fn list(&self, kind: Kind, after: Option<&str>, limit: u32) -> Result<Vec<Document>, StoreError> {
        let sql = "SELECT id, revision, at, actor, body FROM documents \
            WHERE kind = $1 AND id > $2 AND body IS NOT NULL ORDER BY id LIMIT $3";
        let after = after.unwrap_or_default();
        let arguments = [Argument::Text(kind.name()), Argument::Text(after), Argument::Number(limit.into())];
        let rows: Vec<DocumentRow> = self.shared.database.read(sql, &arguments).await?;
        rows.into_iter().map(|row| self.document(kind, row)).collect()
    }

    /// Every document of a kind, in the order of their identifiers' bytes. For kinds of which there are few.
    ///
    /// # Errors
    /// When the database fails or a document was altered outside.
    pub async fn list_all(&self, kind: Kind) -> Result<Vec<Document>, StoreError> {
        let mut all: Vec<Document> = Vec::new();
        loop {
            let page = self.list(kind, all.last().map(|last| last.id.as_str()), LIST_PAGE).await?;
            let last = page.len() < LIST_PAGE as usize;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// Writes several documents in one transaction: all of them, or none. Returns the revision that holds them.
    ///
    /// The commit is on the disk when this returns. On [`StoreError::Database`] it may or may not have taken place; with
    /// expected revisions it is safe to repeat.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] names the first document that is not as expected.
    pub async fn commit(&self, writes: Vec<Write>, actor: &str, now: Timestamp) -> Result<u64, CommitError> {
        let writes = write::prepare(writes, &self.shared.key)?;
        let (mut attempt, began) = (1, Instant::now());
        loop {
            // Whoever holds the database for so long has been waited for: a sign-in that hangs for a minute is none.
            let again = attempt < ATTEMPTS && began.elapsed() < PATIENCE;
            match write::commit(&self.shared.database, &writes, CommitContext { actor, now }).await {
                Ok((revision, changes)) => {
                    // Nobody watching is no failure.
                    let _ = self.shared.live.send(Arc::new(Committed { revision, changes }));
                    return Ok(revision);
                }
                Err(CommitError::Store(StoreError::Database(error))) if may_repeat(&error) && again => {
                    tokio::time::sleep(Duration::from_millis(4 << attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a document of a sealed kind away and returns it. Of any number of callers at once, one gets it.
    ///
    /// # Errors
    /// When the kind is not a sealed one, or the database fails.
    pub async fn consume(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError> {
        if !kind.is_sealed() {
            return Err(StoreError::NotConsumable(kind));
        }
        let mut transaction = self.shared.database.begin().await?;
        // INVARIANT I-12: what is used once is found and removed by one statement.
        let sql = "DELETE FROM documents WHERE kind = $1 AND id = $2 RETURNING id, revision, at, actor, body";
        let arguments = [Argument::Text(kind.name()), Argument::Text(id)];
        let rows: Vec<DocumentRow> = transaction.rows(sql, &arguments).await?;
        transaction.commit().await?;
        rows.into_iter().next().map(|row| self.document(kind, row)).transpose()
    }

    /// Every revision of a document, newest first, deletions included. Empty for kinds that keep no history.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn history(&self, kind: Kind, id: &str) -> Result<Vec<Past>, StoreError> {
        if !kind.keeps_history() {
            return Ok(Vec::new());
        }
        let sql = "SELECT revision, at, actor, body FROM history WHERE kind = $1 AND id = $2 ORDER BY revision DESC";
        let arguments = [Argument::Text(kind.name()), Argument::Text(id)];
        let rows: Vec<(i64, i64, String, Option<String>)> = self.shared.database.read(sql, &arguments).await?;
        let past = |(revision, at, actor, body): (i64, i64, String, Option<String>)| {
            let body = body.map(|text| parse(kind, id, &text)).transpose()?;
            Ok(Past { revision: revision_of(revision)?, body, at: Timestamp::from_millis(at), actor })
        };
        rows.into_iter().map(past).collect()
    }

    /// The newest revision.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revision(&self) -> Result<u64, StoreError> {
        self.shared.revision().await
    }

    /// What changed after that revision, and then what changes; 0 tells everything there is first.
    #[must_use]
    pub fn watch(&self, from: u64) -> ChangeFeed {
        ChangeFeed::new(self.clone(), from)
    }

    /// Seals content under the master key for one context, which must be named again to open it.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn seal(&self, content: &[u8], context: &str) -> Result<String, StoreError> {
        seal::seal(&self.shared.key, content, &format!("caller:{context}"))
    }

    /// Opens what [`Store::seal`] sealed for that context.
    ///
    /// # Errors
    /// When it was altered, or sealed for another context or under another key.
    pub fn unseal(&self, text: &str, context: &str) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        seal::unseal(&self.shared.key, text, &format!("caller:{context}"))
    }

    fn document(&self, kind: Kind, row: DocumentRow) -> Result<Document, StoreError> {
        let (id, revision, at, actor, text) = row;
        let body = if kind.is_sealed() {
            let content = seal::unseal(&self.shared.key, &text, &format!("{kind}/{id}"))?;
            serde_json::from_slice(&content).map_err(|_| StoreError::Corrupt(format!("{kind}/{id}")))?
        } else {
            parse(kind, &id, &text)?
        };
        Ok(Document { kind, id, revision: revision_of(revision)?, body, at: Timestamp::from_millis(at), actor })
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Shared {
    pub(crate) async fn revision(&self) -> Result<u64, StoreError> {
        let sql = "SELECT value FROM counters WHERE name = 'revision'";
        let rows: Vec<(i64,)> = self.database.read(sql, &[]).await?;
        revision_of(rows.first().map_or(-1, |row| row.0))
    }

    fn stop_listening(&self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop_listening();
    }
}

/// Whether a transaction that failed so may simply be tried again: it was rolled back because of another one.
fn may_repeat(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01" | "5" | "517"))
}
