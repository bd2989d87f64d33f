//! One commit: every write compares and changes in a single statement, under one lock, or nothing happens.

use std::collections::HashSet;
use std::sync::LazyLock;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};

use crate::columns::{number, revision_of};
use crate::database::{Argument, Database, Transaction};
use crate::{CommitError, Expected, MasterKey, StoreError, Write, many, seal};

const MAX_ID: usize = 512;
/// Deletions are told to feeds for a week; a feed that was away for longer reads everything again.
const REMEMBERED_MILLIS: i64 = 7 * 86_400_000;
/// How often, in commits, older deletions are looked for.
const FORGET_EVERY: u64 = 1024;

/// A write whose body is as it will lie in the database.
pub(crate) struct Prepared {
    kind: Kind,
    id: String,
    expected: Expected,
    stored: Option<String>,
    told: Option<serde_json::Value>,
    /// Whether the document stays as it is: only its revision is compared.
    stays: bool,
}

impl Prepared {
    /// Whether it puts a document, rather than deletes one.
    pub(crate) const fn is_put(&self) -> bool {
        self.stored.is_some()
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) const fn expected(&self) -> Expected {
        self.expected
    }
}

/// Who writes, and when.
#[derive(Clone, Copy)]
pub(crate) struct CommitContext<'a> {
    pub(crate) actor: &'a str,
    pub(crate) now: Timestamp,
}

/// Checks the writes and seals what is secret, before any lock is taken.
pub(crate) fn prepare(writes: Vec<Write>, key: &MasterKey) -> Result<Vec<Prepared>, CommitError> {
    let mut seen = HashSet::new();
    for write in &writes {
        let (kind, id) = (write.kind(), write.id());
        if id.is_empty() || id.len() > MAX_ID || id.chars().any(char::is_control) {
            return Err(CommitError::BadId(id.chars().take(MAX_ID).collect()));
        }
        if !seen.insert((kind, id)) {
            return Err(CommitError::Twice { kind, id: id.to_owned() });
        }
    }
    drop(seen);
    writes.into_iter().map(|write| prepare_one(write, key)).collect()
}

fn prepare_one(write: Write, key: &MasterKey) -> Result<Prepared, CommitError> {
    Ok(match write {
        Write::Put { kind, id, expected, body } => {
            let text = zeroize::Zeroizing::new(body.to_string());
            if kind.is_sealed() {
                let stored = Some(seal::seal(key, text.as_bytes(), &format!("{kind}/{id}"))?);
                Prepared { kind, id, expected, stored, told: None, stays: false }
            } else {
                Prepared { kind, id, expected, stored: Some(text.as_str().to_owned()), told: Some(body), stays: false }
            }
        }
        Write::Delete { kind, id, expected } => Prepared { kind, id, expected, stored: None, told: None, stays: false },
        Write::Unchanged { kind, id, revision } => {
            let expected = Expected::Revision(revision);
            Prepared { kind, id, expected, stored: None, told: None, stays: true }
        }
    })
}

/// Writes all or nothing. Returns the revision and what the feed tells.
pub(crate) async fn commit(
    database: &Database,
    writes: &[Prepared],
    context: CommitContext<'_>,
) -> Result<(u64, Vec<Change>), CommitError> {
    let mut transaction = database.begin().await?;
    // Taking the counter's row first makes commits wait for each other: revisions have no gaps and appear in order.
    let counted: Vec<(i64,)> =
        transaction.rows("UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value", &[]).await?;
    let revision = revision_of(counted.first().map_or(-1, |row| row.0))?;
    let (mut changes, mut is_history) = (Vec::with_capacity(writes.len()), false);
    let mut place = 0;
    while let Some(left) = writes.get(place..).filter(|left| !left.is_empty()) {
        let at = Place { revision: number(revision), place: i64::try_from(place).unwrap_or(i64::MAX), context };
        let done = apply_first(&mut transaction, left, &at).await?;
        place = place.saturating_add(done.count);
        for write in left.iter().take(done.count).filter(|_| done.is_changed) {
            is_history |= write.kind.keeps_history();
            if !write.kind.is_sealed() {
                let (kind, id, body) = (write.kind, write.id.clone(), write.told.clone());
                changes.push(Change { revision, kind, id, body, at: context.now });
            }
        }
    }
    if is_history {
        record(&mut transaction, revision).await?;
    }
    if revision.is_multiple_of(FORGET_EVERY) {
        forget(&mut transaction, context.now).await?;
    }
    if transaction.is_postgres() {
        let tell = "SELECT pg_notify('sekisho', $1)";
        transaction.execute(tell, &[Argument::Text(&revision.to_string())]).await?;
    }
    transaction.commit().await?;
    Ok((revision, changes))
}

/// Where and by whom a write happens.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) revision: i64,
    pub(crate) place: i64,
    pub(crate) context: CommitContext<'a>,
}

/// How many writes one step applied, and whether they changed anything.
struct Applied {
    count: usize,
    is_changed: bool,
}

/// Applies the first of these writes, or the first few together.
async fn apply_first(transaction: &mut Transaction, left: &[Prepared], at: &Place<'_>) -> Result<Applied, CommitError> {
    if let Some(many) = many::many(left) {
        return Ok(Applied { count: many::apply(transaction, many, at).await?, is_changed: true });
    }
    let is_changed = match left.first() {
        Some(write) => apply(transaction, write, at).await?,
        None => false,
    };
    Ok(Applied { count: 1, is_changed })
}

/// Applies one write; whether it changed anything.
async fn apply(transaction: &mut Transaction, write: &Prepared, at: &Place<'_>) -> Result<bool, CommitError> {
    if write.stays {
        // The counter's lock, which this commit holds, keeps every other commit from changing it before this one is done.
        let found = present(transaction, write).await?;
        return if found.map(Expected::Revision) == Some(write.expected) {
            Ok(false)
        } else {
            Err(conflict(write, found))
        };
    }
    let changed = match (&write.stored, write.expected) {
        (Some(_), Expected::Revision(expected)) => replace(transaction, write, at, expected).await?,
        (Some(_), Expected::New) => insert(transaction, write, at, INSERT_NEW).await?,
        (Some(_), Expected::Any) => insert(transaction, write, at, INSERT_ANY).await?,
        (None, expected) => delete(transaction, write, at, expected).await?,
    };
    let may_be_absent = write.stored.is_none() && write.expected == Expected::Any;
    if !changed && !may_be_absent {
        let found = present(transaction, write).await?;
        let as_expected = write.expected == Expected::New && found.is_none();
        return if as_expected { Ok(false) } else { Err(conflict(write, found)) };
    }
    Ok(changed)
}

const INSERT_NEW: &str = "INSERT INTO documents (kind, id, revision, place, at, actor, body, critical) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, place = excluded.place, at = excluded.at, \
    actor = excluded.actor, body = excluded.body, critical = excluded.critical WHERE documents.body IS NULL";

const INSERT_ANY: &str = "INSERT INTO documents (kind, id, revision, place, at, actor, body, critical) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, place = excluded.place, at = excluded.at, \
    actor = excluded.actor, body = excluded.body, critical = excluded.critical";

const REPLACE: &str = "UPDATE documents SET revision = $3, place = $4, at = $5, actor = $6, body = $7, critical = $8 \
    WHERE kind = $1 AND id = $2 AND body IS NOT NULL AND revision = $9";

const REPLACE_PRESENT: &str = "UPDATE documents SET revision = $3, place = $4, at = $5, actor = $6, body = $7, critical = $8 \
    WHERE kind = $1 AND id = $2 AND body IS NOT NULL";

async fn insert(
    transaction: &mut Transaction,
    write: &Prepared,
    at: &Place<'_>,
    sql: &'static str,
) -> Result<bool, CommitError> {
    Ok(transaction.execute(sql, &columns(write, at)).await? == 1)
}

async fn replace(
    transaction: &mut Transaction,
    write: &Prepared,
    at: &Place<'_>,
    expected: u64,
) -> Result<bool, CommitError> {
    let [kind, id, revision, place, when, actor, body, critical] = columns(write, at);
    let arguments = [kind, id, revision, place, when, actor, body, critical, Argument::Number(number(expected))];
    Ok(transaction.execute(REPLACE, &arguments).await? == 1)
}

/// A deletion leaves a row without a body for the feed; of a sealed kind, which no feed tells, it leaves nothing.
async fn delete(
    transaction: &mut Transaction,
    write: &Prepared,
    at: &Place<'_>,
    expected: Expected,
) -> Result<bool, CommitError> {
    let key = [Argument::Text(write.kind.name()), Argument::Text(&write.id)];
    let [kind, id] = key;
    let changed = match (expected, write.kind.is_sealed()) {
        (Expected::New, _) => 0,
        (Expected::Any, true) => transaction.execute("DELETE FROM documents WHERE kind = $1 AND id = $2", &key).await?,
        (Expected::Revision(expected), true) => {
            let sql = "DELETE FROM documents WHERE kind = $1 AND id = $2 AND revision = $3";
            transaction.execute(sql, &[kind, id, Argument::Number(number(expected))]).await?
        }
        (Expected::Any, false) => transaction.execute(REPLACE_PRESENT, &columns(write, at)).await?,
        (Expected::Revision(expected), false) => u64::from(replace(transaction, write, at, expected).await?),
    };
    Ok(changed == 1)
}

pub(crate) fn columns<'a>(write: &'a Prepared, at: &Place<'a>) -> [Argument<'a>; 8] {
    [
        Argument::Text(write.kind.name()),
        Argument::Text(&write.id),
        Argument::Number(at.revision),
        Argument::Number(at.place),
        Argument::Number(at.context.now.as_millis()),
        Argument::Text(at.context.actor),
        Argument::Maybe(write.stored.as_deref()),
        Argument::Number(i64::from(write.kind.is_critical())),
    ]
}

/// Copies what this commit wrote into the history, in one statement: a row of `documents` that has the commit's revision is what
/// the commit made of it.
async fn record(transaction: &mut Transaction, revision: u64) -> Result<(), CommitError> {
    transaction.execute(RECORD.as_str(), &[Argument::Number(number(revision))]).await?;
    Ok(())
}

static RECORD: LazyLock<String> = LazyLock::new(|| {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.keeps_history());
    let kinds = kinds.map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO history (kind, id, revision, at, actor, body) \
        SELECT kind, id, revision, at, actor, body FROM documents WHERE revision = $1 AND kind IN ({kinds})"
    )
});

pub(crate) async fn present(transaction: &mut Transaction, write: &Prepared) -> Result<Option<u64>, CommitError> {
    let sql = "SELECT revision FROM documents WHERE kind = $1 AND id = $2 AND body IS NOT NULL";
    let rows: Vec<(i64,)> =
        transaction.rows(sql, &[Argument::Text(write.kind.name()), Argument::Text(&write.id)]).await?;
    Ok(rows.first().map(|row| revision_of(row.0)).transpose()?)
}

pub(crate) fn conflict(write: &Prepared, found: Option<u64>) -> CommitError {
    CommitError::Conflict { kind: write.kind, id: write.id.clone(), found }
}

/// Removes deletions that every feed has long been told, and remembers up to where.
async fn forget(transaction: &mut Transaction, now: Timestamp) -> Result<(), StoreError> {
    let before = Argument::Number(now.as_millis().saturating_sub(REMEMBERED_MILLIS));
    let newest = "UPDATE counters SET value = (SELECT COALESCE(MAX(revision), 0) FROM documents \
        WHERE body IS NULL AND at < $1) WHERE name = 'forgotten' AND value < \
        (SELECT COALESCE(MAX(revision), 0) FROM documents WHERE body IS NULL AND at < $1)";
    transaction.execute(newest, &[before]).await?;
    transaction.execute("DELETE FROM documents WHERE body IS NULL AND at < $1", &[before]).await?;
    Ok(())
}
