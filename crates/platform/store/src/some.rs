//! Documents of some identifiers in one statement: a page of a list does not ask the database once for each row.

use std::sync::LazyLock;

use sekisho_model::documents::Kind;

use crate::database::Argument;

/// How many identifiers one statement asks for.
pub(crate) const SOME: usize = 64;

/// Reads the documents of a kind with these identifiers.
pub(crate) static SELECT_SOME: LazyLock<String> = LazyLock::new(|| {
    let ids: Vec<String> = (2..SOME + 2).map(|value| format!("${value}")).collect();
    format!(
        "SELECT id, revision, at, actor, body FROM documents WHERE kind = $1 AND body IS NOT NULL AND id IN ({})",
        ids.join(", ")
    )
});

/// The arguments for at most [`SOME`] identifiers. Identifiers that are missing are asked for under the name of the first, so that every
/// statement is the same.
pub(crate) fn arguments_of_some(kind: Kind, ids: &[impl AsRef<str>]) -> Vec<Argument<'_>> {
    let first = ids.first().map(AsRef::as_ref).unwrap_or_default();
    let ids = ids.iter().map(AsRef::as_ref).chain(std::iter::repeat(first)).take(SOME);
    std::iter::once(Argument::Text(kind.name())).chain(ids.map(Argument::Text)).collect()
}
