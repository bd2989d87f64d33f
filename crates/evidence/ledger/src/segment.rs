//! Access segments: files of JSON lines, whose bytes are sealed into the log every second.

use std::fs::File;
use std::io::Write;

use aws_lc_rs::digest::{Context, SHA256};
use sekisho_model::{Record, Timestamp};

use crate::batch::AccessBatch;
use crate::error::LedgerError;
use crate::folder::{self, Folder, create, make_folder, sync};
use crate::report::Finding;

/// A segment takes no more events once it has that many bytes.
const FULL: u64 = 64 << 20;

/// The segment that is being written.
pub(crate) struct Segment {
    pub(crate) number: u64,
    file: File,
    folder: Folder,
    hash: Context,
    bytes: u64,
    events: u64,
    unsealed: bool,
}

impl Segment {
    pub(crate) fn create(folder: &Folder, number: u64) -> Result<Self, LedgerError> {
        make_folder(&folder.segments())?;
        let file = create(&folder.segment(number))?;
        sync(&folder.segments())?;
        let hash = Context::new(&SHA256);
        Ok(Self { number, file, folder: folder.clone(), hash, bytes: 0, events: 0, unsealed: false })
    }

    /// Writes a batch with one write.
    pub(crate) fn write(&mut self, batch: &AccessBatch) -> Result<(), LedgerError> {
        self.file.write_all(&batch.bytes).map_err(LedgerError::file(&self.folder.segment(self.number)))?;
        self.hash.update(&batch.bytes);
        self.bytes += batch.bytes.len() as u64;
        self.events += batch.events;
        self.unsealed = true;
        Ok(())
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.bytes >= FULL
    }

    /// Puts what was written on the disk, and makes the entry that seals it; none when everything is sealed.
    pub(crate) fn seal(&mut self, at: Timestamp) -> Result<Option<Record>, LedgerError> {
        if !self.unsealed {
            return Ok(None);
        }
        // A seal must not outlive what it seals.
        self.file.sync_data().map_err(LedgerError::file(&self.folder.segment(self.number)))?;
        self.unsealed = false;
        Ok(Some(seal(at, self.number, self.bytes, self.events, &self.hash)))
    }
}

/// The end of the last segment as an earlier process left it: cut to whole lines, with the seal it still needs.
pub(crate) fn recover(
    folder: &Folder,
    number: u64,
    sealed: Option<&Seal>,
    at: Timestamp,
) -> Result<Option<Record>, LedgerError> {
    let path = folder.segment(number);
    let altered = |index, what: &str| {
        let finding = Finding { index, file: folder.name(&path), what: what.to_owned() };
        LedgerError::Altered { folder: folder.root().to_owned(), finding }
    };
    let index = sealed.map(|seal| seal.index);
    let bytes = folder::read(&path)?.ok_or_else(|| altered(index, "a sealed access segment is missing"))?;
    let sealed_bytes = sealed.map_or(0, |seal| usize::try_from(seal.bytes).unwrap_or(usize::MAX));
    let (under_seal, tail) =
        bytes.split_at_checked(sealed_bytes).ok_or_else(|| altered(index, "the access segment was truncated"))?;
    let mut hash = Context::new(&SHA256);
    hash.update(under_seal);
    if sealed.is_some_and(|seal| seal.sha256 != hex::encode(hash.clone().finish())) {
        return Err(altered(index, "access events do not match their seal"));
    }
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if whole < tail.len() {
        let file = File::options().write(true).open(&path).map_err(LedgerError::file(&path))?;
        file.set_len((sealed_bytes + whole) as u64).map_err(LedgerError::file(&path))?;
    }
    let kept = tail.get(..whole).unwrap_or_default();
    if kept.is_empty() {
        return Ok(None);
    }
    sync(&path)?;
    hash.update(kept);
    let events = sealed.map_or(0, |seal| seal.events) + count_lines(kept);
    Ok(Some(seal(at, number, (sealed_bytes + whole) as u64, events, &hash)))
}

/// A seal as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) index: u64,
    pub(crate) segment: u64,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    pub(crate) sha256: String,
}

impl Seal {
    /// The seal in an entry of the log, if it is one.
    pub(crate) fn read(index: u64, entry: &[u8]) -> Option<Self> {
        if !entry.starts_with(br#"{"entry":"seal""#) {
            return None;
        }
        Self::of(index, &serde_json::from_slice(entry).ok()?)
    }

    /// The seal that a record is, if it is one.
    pub(crate) fn of(index: u64, record: &Record) -> Option<Self> {
        let Record::Seal { segment, bytes, events, sha256, .. } = record else { return None };
        Some(Self { index, segment: *segment, bytes: *bytes, events: *events, sha256: sha256.clone() })
    }
}

pub(crate) fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn seal(at: Timestamp, segment: u64, bytes: u64, events: u64, hash: &Context) -> Record {
    Record::Seal { at, segment, bytes, events, sha256: hex::encode(hash.clone().finish()) }
}
