//! Many new documents in one statement: a commit of thousands does not ask the database thousands of times.

use std::sync::LazyLock;

use crate::columns::number;
use crate::database::{Argument, Transaction};
use crate::write::{Place, Prepared, columns, conflict, present};
use crate::{CommitError, Expected};

/// How many documents one statement inserts. It has 8 values for each: both databases take at least 32,766.
const MANY: usize = 64;

static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let row = |at: usize| {
        let values: Vec<String> = (1..=8).map(|value| format!("${}", at * 8 + value)).collect();
        format!("({})", values.join(", "))
    };
    let rows: Vec<String> = (0..MANY).map(row).collect();
    format!(
        "INSERT INTO documents (kind, id, revision, place, at, actor, body, critical) VALUES {} \
        ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, place = excluded.place, at = excluded.at, \
        actor = excluded.actor, body = excluded.body, critical = excluded.critical WHERE documents.body IS NULL",
        rows.join(", ")
    )
});

/// The writes at the beginning of these that one statement can insert, where each of them puts a new document.
pub(crate) fn many(writes: &[Prepared]) -> Option<&[Prepared]> {
    let first = writes.get(..MANY)?;
    first.iter().all(|write| write.is_put() && write.expected() == Expected::New).then_some(first)
}

/// Inserts what [`many`] gave.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    writes: &[Prepared],
    first: &Place<'_>,
) -> Result<(), CommitError> {
    let places: Vec<Place<'_>> = (first.place..).take(writes.len()).map(|place| Place { place, ..*first }).collect();
    let arguments: Vec<Argument<'_>> =
        writes.iter().zip(&places).flat_map(|(write, place)| columns(write, place)).collect();
    let inserted = transaction.execute(INSERT_MANY.as_str(), &arguments).await?;
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
