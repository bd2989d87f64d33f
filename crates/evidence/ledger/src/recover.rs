//! Opening: what an earlier process left, checked against its signed head, becomes the state to go on from.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use sekisho_model::Record;

use crate::clock::now;
use crate::entry::{Entry, read_entries};
use crate::error::LedgerError;
use crate::folder::{self, Folder, make_folder};
use crate::head;
use crate::index::{AT_HAND, Index};
use crate::journal::Journal;
use crate::key::PublicKey;
use crate::report::Finding;
use crate::segment::{self, Seal};
use crate::tiles::{Tiles, edge_at, read_bundle};
use crate::tree::{Edge, TILE};
use crate::writer::{Beginning, Identity, Incoming, Writer};

/// Opens the folder for writing.
pub(crate) fn open(path: &Path, identity: Identity) -> Result<Writer, LedgerError> {
    make_folder(path)?;
    let folder = Folder::new(path);
    let lock = lock(&folder)?;
    let key = identity.key.public(&identity.origin);
    let journal = if is_new(&folder, &key)? { Journal::default() } else { load(&folder, &key)? };
    let mut edge = edge_at(&folder, journal.first)?;
    let from = edge.size();
    let index = index(&folder, &journal)?;
    let (last_segment, seal) = last_segment(&folder, &journal, &index)?;
    let mut tiles = Tiles::default();
    journal.entries.into_iter().for_each(|entry| tiles.push(&folder, &mut edge, entry));
    let next_segment = last_segment.map_or(0, |last| last.saturating_add(1));
    let beginning = Beginning { folder, identity, edge, tiles, index, next_segment, lock };
    let mut writer = Writer::begin(beginning)?;
    writer.tiles.remove_stale(&writer.folder, from, &writer.edge)?;
    if let Some(number) = last_segment
        && let Some(seal) = segment::recover(&writer.folder, number, seal.as_ref(), now())?
    {
        writer.append(vec![Incoming::of(seal)?])?;
        writer.publish()?;
    }
    Ok(writer)
}

fn lock(folder: &Folder) -> Result<File, LedgerError> {
    let lock = File::open(folder.root()).map_err(LedgerError::file(folder.root()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(LedgerError::InUse(folder.root().to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(LedgerError::file(folder.root())(error)),
    }
}

/// Whether nothing was ever recorded here. A first opening that was interrupted leaves an empty journal at most.
fn is_new(folder: &Folder, key: &PublicKey) -> Result<bool, LedgerError> {
    let used = |path: &Path| path.symlink_metadata().is_ok();
    if used(&folder.head()) || used(&folder.root().join("tile")) {
        return Ok(false);
    }
    let Some(newest) = folder.numbers(&folder.journals())?.last().copied() else { return Ok(true) };
    let bytes = folder::read(&folder.journal(newest))?.unwrap_or_default();
    let journal = Journal::read(&bytes, "journal", Edge::default(), key);
    Ok(newest == 0 && journal.entries.is_empty() && journal.torn == 0)
}

/// The newest journal, if it holds everything that the signed head names.
fn load(folder: &Folder, key: &PublicKey) -> Result<Journal, LedgerError> {
    let altered = |finding| LedgerError::Altered { folder: folder.root().to_owned(), finding };
    if let Some(found) = head::origin(folder).filter(|found| found != key.name()) {
        return Err(LedgerError::OtherLog { folder: folder.root().to_owned(), found, wanted: key.name().to_owned() });
    }
    let (_, head) = head::read(folder, key).map_err(altered)?;
    let journal = newest_journal(folder, key)?;
    if journal.size() < head.size {
        return Err(altered(journal.broken.clone().unwrap_or_else(|| missing(&journal, head.size))));
    }
    if journal.size() == head.size && journal.heads.last().is_some_and(|last| last.root != head.root) {
        let what = "the signed head does not match the journal".to_owned();
        return Err(altered(Finding { index: None, file: "head".to_owned(), what }));
    }
    if journal.torn > 0 {
        tracing::warn!(bytes = journal.torn, "dropped a group of ledger entries that was never acknowledged");
    }
    Ok(journal)
}

/// What is said when the log ends before its signed head.
pub(crate) fn missing(journal: &Journal, named: u64) -> Finding {
    let what = format!("the log was truncated: its signed head names {named} entries and {} are there", journal.size());
    Finding { index: Some(journal.size()), file: "journal".to_owned(), what }
}

fn newest_journal(folder: &Folder, key: &PublicKey) -> Result<Journal, LedgerError> {
    let (first, bytes) = read_journal(folder)?;
    parse_journal(folder, first, &bytes, key)
}

/// The newest journal's number and bytes. An older one beside it was about to be removed.
pub(crate) fn read_journal(folder: &Folder) -> Result<(u64, Vec<u8>), LedgerError> {
    let missing = || altered(folder, "journal".to_owned(), "the journal is missing");
    let first = *folder.numbers(&folder.journals())?.last().ok_or_else(missing)?;
    let bytes = folder::read(&folder.journal(first))?.ok_or_else(missing)?;
    Ok((first, bytes))
}

/// Reads a journal on top of the full tiles before it.
pub(crate) fn parse_journal(
    folder: &Folder,
    first: u64,
    bytes: &[u8],
    key: &PublicKey,
) -> Result<Journal, LedgerError> {
    let name = folder.name(&folder.journal(first));
    if !first.is_multiple_of(TILE as u64) {
        return Err(altered(folder, name, "the journal has a name that no journal has"));
    }
    let journal = Journal::read(bytes, &name, edge_at(folder, first)?, key);
    if journal.heads.is_empty() {
        // A journal is put in its place with its first group in it.
        let cut = || altered(folder, name, "the journal was truncated");
        let broken = journal.broken.clone();
        return Err(
            broken.map_or_else(cut, |finding| LedgerError::Altered { folder: folder.root().to_owned(), finding })
        );
    }
    Ok(journal)
}

fn altered(folder: &Folder, file: String, what: &str) -> LedgerError {
    let finding = Finding { index: None, file, what: what.to_owned() };
    LedgerError::Altered { folder: folder.root().to_owned(), finding }
}

/// The last entries of the log, oldest first, from the bundles and the journal.
fn index(folder: &Folder, journal: &Journal) -> Result<Index, LedgerError> {
    let first = journal.size().saturating_sub(AT_HAND as u64) / TILE as u64 * TILE as u64;
    let mut index = Index::starting_at(first);
    for number in first / TILE as u64..journal.first / TILE as u64 {
        let bundle = read_bundle(folder, number, journal.first)?.unwrap_or_default();
        let (entries, _) = read_entries(&bundle);
        entries.into_iter().try_for_each(|entry| push(folder, &mut index, entry))?;
    }
    let skip = usize::try_from(first.saturating_sub(journal.first)).unwrap_or(usize::MAX);
    journal.entries.iter().skip(skip).try_for_each(|entry| push(folder, &mut index, &entry.content))?;
    Ok(index)
}

fn push(folder: &Folder, index: &mut Index, entry: &[u8]) -> Result<(), LedgerError> {
    let record: Record = serde_json::from_slice(entry).map_err(|error| {
        let what = format!("an entry is not a record that this program knows: {error}");
        let finding = Finding { index: None, file: "tile/entries".to_owned(), what };
        LedgerError::Altered { folder: folder.root().to_owned(), finding }
    })?;
    index.push(Arc::new(record));
    Ok(())
}

/// The last access segment and its last seal. Where there is no segment, a seal among the entries at hand tells that there
/// was one; an older seal is found by verification.
fn last_segment(folder: &Folder, journal: &Journal, index: &Index) -> Result<(Option<u64>, Option<Seal>), LedgerError> {
    let Some(on_disk) = folder.numbers(&folder.segments())?.last().copied() else {
        let seal = index.last_seal();
        return Ok((seal.as_ref().map(|seal| seal.segment), seal));
    };
    Ok(match last_seal(folder, journal)? {
        Some(seal) if seal.segment >= on_disk => (Some(seal.segment), Some(seal)),
        _ => (Some(on_disk), None),
    })
}

fn last_seal(folder: &Folder, journal: &Journal) -> Result<Option<Seal>, LedgerError> {
    let numbered = (journal.first..).zip(&journal.entries).collect::<Vec<(u64, &Entry)>>();
    let found = numbered.into_iter().rev().find_map(|(index, entry)| Seal::read(index, &entry.content));
    if found.is_some() {
        return Ok(found);
    }
    for number in (0..journal.first / TILE as u64).rev() {
        let bundle = read_bundle(folder, number, journal.first)?.unwrap_or_default();
        let numbered = (number * TILE as u64..).zip(read_entries(&bundle).0).collect::<Vec<(u64, &[u8])>>();
        let found = numbered.into_iter().rev().find_map(|(index, entry)| Seal::read(index, entry));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
