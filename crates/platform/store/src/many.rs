//! Many documents in one statement: a commit of thousands does not ask the database thousands of times.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::columns::{number, revision_of};
use crate::database::{Argument, Transaction};
use crate::write::{Place, Prepared, columns, conflict, present};
use crate::{CommitError, Expected};

/// How many documents one statement inserts. It has 8 values for each: both databases take at least 32,766.
const MANY: usize = 64;

static INSERT_NEW: LazyLock<String> = LazyLock::new(|| format!("{} WHERE documents.body IS NULL", *INSERT_ANY));

static INSERT_ANY: LazyLock<String> = LazyLock::new(|| {
    let row = |at: usize| {
        let values: Vec<String> = (1..=8).map(|value| format!("${}", at * 8 + value)).collect();
        format!("({})", values.join(", "))
    };
    let rows: Vec<String> = (0..MANY).map(row).collect();
    format!(
        "INSERT INTO documents (kind, id, revision, place, at, actor, body, critical) VALUES {} \
        ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, place = excluded.place, at = excluded.at, \
        actor = excluded.actor, body = excluded.body, critical = excluded.critical",
        rows.join(", ")
    )
});

static REVISIONS: LazyLock<String> = LazyLock::new(|| {
    let ids: Vec<String> = (2..MANY + 2).map(|value| format!("${value}")).collect();
    format!("SELECT id, revision FROM documents WHERE kind = $1 AND body IS NOT NULL AND id IN ({})", ids.join(", "))
});

/// Writes that one statement applies together.
pub(crate) enum Many<'w> {
    /// Each puts a document that is not there.
    New(&'w [Prepared]),
    /// Each replaces a document of one kind at a revision.
    Replaced(&'w [Prepared]),
}

/// The writes at the beginning of these that one statement can apply.
pub(crate) fn many(writes: &[Prepared]) -> Option<Many<'_>> {
    let first = writes.get(..MANY)?;
    if first.iter().all(|write| write.is_put() && write.expected() == Expected::New) {
        return Some(Many::New(first));
    }
    // What is sealed can be consumed beside a commit: it is compared and replaced by one statement.
    let kind = first.first()?.kind();
    let replaces =
        |write: &Prepared| write.is_put() && write.kind() == kind && matches!(write.expected(), Expected::Revision(_));
    (!kind.is_sealed() && first.iter().all(replaces)).then_some(Many::Replaced(first))
}

/// Applies what [`many`] gave. Returns how many writes these are.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    many: Many<'_>,
    first: &Place<'_>,
) -> Result<usize, CommitError> {
    match many {
        Many::New(writes) => insert(transaction, writes, first).await?,
        Many::Replaced(writes) => replace(transaction, writes, first).await?,
    }
    let (Many::New(writes) | Many::Replaced(writes)) = many;
    Ok(writes.len())
}

async fn insert(transaction: &mut Transaction, writes: &[Prepared], first: &Place<'_>) -> Result<(), CommitError> {
    let inserted = put(transaction, INSERT_NEW.as_str(), writes, first).await?;
    if usize::try_from(inserted) == Ok(writes.len()) {
        return Ok(());
    }
    for write in writes {
        let found = present(transaction, write).await?;
        if found.map(number) != Some(first.revision) {
            return Err(conflict(write, found));
        }
    }
    Ok(())
}

/// The counter's lock, which this commit holds, keeps every other commit from changing what was compared before this one is done.
async fn replace(transaction: &mut Transaction, writes: &[Prepared], first: &Place<'_>) -> Result<(), CommitError> {
    let kind = writes.iter().take(1).map(|write| Argument::Text(write.kind().name()));
    let arguments: Vec<Argument<'_>> = kind.chain(writes.iter().map(|write| Argument::Text(write.id()))).collect();
    let rows: Vec<(String, i64)> = transaction.rows(REVISIONS.as_str(), &arguments).await?;
    let found: HashMap<&str, i64> = rows.iter().map(|(id, revision)| (id.as_str(), *revision)).collect();
    for write in writes {
        let found = found.get(write.id()).map(|revision| revision_of(*revision)).transpose()?;
        if found.map(Expected::Revision) != Some(write.expected()) {
            return Err(conflict(write, found));
        }
    }
    put(transaction, INSERT_ANY.as_str(), writes, first).await.map(drop)
}

async fn put(
    transaction: &mut Transaction,
    sql: &'static str,
    writes: &[Prepared],
    first: &Place<'_>,
) -> Result<u64, CommitError> {
    let places: Vec<Place<'_>> = (first.place..).take(writes.len()).map(|place| Place { place, ..*first }).collect();
    let arguments: Vec<Argument<'_>> =
        writes.iter().zip(&places).flat_map(|(write, place)| columns(write, place)).collect();
    Ok(transaction.execute(sql, &arguments).await?)
}
