//! Reading what the directory holds: each entry together with the account or group that belongs to it.

use sekisho_model::documents::{DirectoryEntry, DirectoryKind, Kind};
use sekisho_store::{Document, Store};
use serde::Deserialize as _;

use crate::scim::{Identifier, ScimError};

/// How many entries are read from the store at once.
const READ: u32 = 1_000;

/// An entry with its document.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) entry: DirectoryEntry,
    /// The revision of the entry.
    pub(crate) revision: u64,
    /// The account or group.
    pub(crate) document: Document,
}

impl Found {
    /// The revision that an entity tag names: it grows with every change of the entry and of the account.
    pub(crate) fn version(&self) -> u64 {
        self.revision.max(self.document.revision)
    }
}

/// Where an entry is kept.
pub(crate) fn place(kind: DirectoryKind, name: &str) -> String {
    format!("{}/{name}", kind.name())
}

/// The kind of the documents that belong to the entries.
pub(crate) const fn document_kind(kind: DirectoryKind) -> Kind {
    match kind {
        DirectoryKind::User => Kind::User,
        DirectoryKind::Group => Kind::Group,
    }
}

/// The entry of that name with its revision, also where the account or group is gone.
pub(crate) async fn entry(
    store: &Store,
    kind: DirectoryKind,
    name: &str,
) -> Result<Option<(DirectoryEntry, u64)>, ScimError> {
    let Some(document) = store.get(Kind::DirectoryEntry, &place(kind, name)).await? else { return Ok(None) };
    let entry = DirectoryEntry::deserialize(&document.body).map_err(ScimError::failed)?;
    Ok(Some((entry, document.revision)))
}

/// The entry of that name, where its account or group is there.
pub(crate) async fn named(store: &Store, kind: DirectoryKind, name: &str) -> Result<Option<Found>, ScimError> {
    let Some((entry, revision)) = entry(store, kind, name).await? else { return Ok(None) };
    let document = store.get(document_kind(kind), name).await?;
    Ok(document.map(|document| Found { entry, revision, document }))
}

/// The entry with that identifier.
pub(crate) async fn find(store: &Store, kind: DirectoryKind, id: &str) -> Result<Option<Found>, ScimError> {
    let Some(id) = Identifier::read(id).filter(|id| id.kind == kind) else { return Ok(None) };
    let found = named(store, kind, id.name.as_str()).await?;
    Ok(found.filter(|found| found.entry.number == id.number))
}

/// The entries of a kind after a name, in their order, also those whose account or group is gone.
pub(crate) async fn after(store: &Store, kind: DirectoryKind, name: &str) -> Result<Vec<DirectoryEntry>, ScimError> {
    let after = place(kind, name);
    let read = store.list(Kind::DirectoryEntry, Some(&after), READ).await?;
    let prefix = place(kind, "");
    let of_kind = read.iter().filter(|document| document.id.starts_with(&prefix));
    of_kind.map(|document| DirectoryEntry::deserialize(&document.body).map_err(ScimError::failed)).collect()
}

/// Every entry of a kind.
pub(crate) async fn all(store: &Store, kind: DirectoryKind) -> Result<Vec<DirectoryEntry>, ScimError> {
    let mut all: Vec<DirectoryEntry> = Vec::new();
    loop {
        let next = after(store, kind, all.last().map_or("", |entry| entry.name.as_str())).await?;
        if next.is_empty() {
            return Ok(all);
        }
        all.extend(next);
    }
}
