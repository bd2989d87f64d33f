//! Verification: reads everything in a ledger's folder and names what was altered, removed, reordered or truncated.
//!
//! May run while the ledger is open: the parts that move (head, journal, checkpoint, partial tiles) are read first, between
//! two readings of the same checkpoint.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::checkpoint::Checkpoint;
use crate::entry::read_entries;
use crate::error::LedgerError;
use crate::folder::{self, Folder};
use crate::journal::Journal;
use crate::key::PublicKey;
use crate::known::Known;
use crate::recover::{missing, parse_journal, read_journal};
use crate::report::{Finding, Report};
use crate::segment::Seal;
use crate::tiles::{bundle_of, partial_tiles, tile_width};
use crate::tree::{Edge, FullTile, Hash, TILE, leaf_hash};
use crate::{head, verify_segments};

/// More findings than this tell nothing new.
const ENOUGH: usize = 100;
const ATTEMPTS: u32 = 200;

/// Checks everything in a ledger's folder. `known` are earlier heads that were kept outside of it: the only thing that shows that its
/// end was cut off, or that the whole folder was replaced by an older copy.
#[must_use]
pub fn verify(folder: &Path, key: &PublicKey, known: &[Known]) -> Report {
    let folder = Folder::new(folder);
    let mut check = Check::new(&folder);
    match Moving::read(&folder, key) {
        Ok(moving) => check.run(&moving, known),
        Err(finding) => check.report.findings.push(finding),
    }
    check.finish()
}

/// The parts of a ledger that change while it is open.
struct Moving {
    head: Checkpoint,
    note: String,
    journal: Journal,
    checkpoint: Checkpoint,
    /// The partial bundle and tiles of the checkpoint.
    partial: BTreeMap<PathBuf, Vec<u8>>,
    /// The access segments there were before the head was read: those that came later have seals that were not read.
    segments: Vec<u64>,
}

impl Moving {
    fn read(folder: &Folder, key: &PublicKey) -> Result<Self, Finding> {
        let bytes = Bytes::read_steady(folder, key).map_err(|error| plain(folder, error))?;
        let (note, head) = head::parse(bytes.head.as_deref(), key)?;
        let checkpoint = parse_checkpoint(bytes.checkpoint.as_deref(), key)?;
        let (first, journal) = bytes.journal;
        let journal = parse_journal(folder, first, &journal, key).map_err(|error| plain(folder, error))?;
        Ok(Self { head, note, journal, checkpoint, partial: bytes.partial, segments: bytes.segments })
    }
}

/// The same as they lie on the disk.
struct Bytes {
    segments: Vec<u64>,
    head: Option<Vec<u8>>,
    journal: (u64, Vec<u8>),
    checkpoint: Option<Vec<u8>>,
    partial: BTreeMap<PathBuf, Vec<u8>>,
}

impl Bytes {
    /// Reads them until no publication fell in between.
    fn read_steady(folder: &Folder, key: &PublicKey) -> Result<Self, LedgerError> {
        let mut attempt = 1;
        loop {
            let read = Self::read(folder, key);
            let after = folder::read(&folder.checkpoint())?;
            let steady = read.as_ref().is_ok_and(|read| read.checkpoint == after);
            if steady || attempt >= ATTEMPTS {
                return read;
            }
            attempt += 1;
        }
    }

    /// Segments come first, then the head, then what holds at least as much as the head says.
    fn read(folder: &Folder, key: &PublicKey) -> Result<Self, LedgerError> {
        let segments = folder.numbers(&folder.segments())?;
        let checkpoint = folder::read(&folder.checkpoint())?;
        let head = folder::read(&folder.head())?;
        let journal = read_journal(folder)?;
        let size = parse_checkpoint(checkpoint.as_deref(), key).map_or(0, |checkpoint| checkpoint.size);
        let mut partial = BTreeMap::new();
        for path in partial_paths(folder, size) {
            if let Some(bytes) = folder::read(&path)? {
                partial.insert(path, bytes);
            }
        }
        Ok(Self { segments, head, journal, checkpoint, partial })
    }
}

fn parse_checkpoint(bytes: Option<&[u8]>, key: &PublicKey) -> Result<Checkpoint, Finding> {
    let altered = |what: String| Finding { index: None, file: "checkpoint".to_owned(), what };
    let bytes = bytes.ok_or_else(|| altered("the checkpoint is missing".to_owned()))?;
    let text = std::str::from_utf8(bytes).map_err(|_| altered("the checkpoint was altered".to_owned()))?;
    Checkpoint::open(text, key).map_err(|error| altered(format!("the checkpoint was altered: {error}")))
}

fn plain(folder: &Folder, error: LedgerError) -> Finding {
    match error {
        LedgerError::Altered { finding, .. } => finding,
        LedgerError::File { path, source } => {
            Finding { index: None, file: folder.name(&path), what: format!("it cannot be read: {source}") }
        }
        other => Finding { index: None, file: String::new(), what: other.to_string() },
    }
}

/// What the partial bundle and tiles of a log of that size are called.
fn partial_paths(folder: &Folder, size: u64) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let (mut level, mut count) = (0, size);
    while count > 0 {
        let number = count / TILE as u64;
        let width = tile_width(size, level, number);
        if width > 0 {
            paths.push(folder.tile(level, number, width));
            if level == 0 {
                paths.push(folder.bundle(number, width));
            }
        }
        (level, count) = (level + 1, number);
    }
    paths
}

/// A root that a signature vouches for.
struct Expected {
    root: Hash,
    file: &'static str,
    what: &'static str,
}

struct Check<'a> {
    folder: &'a Folder,
    report: Report,
    edge: Edge,
    seals: Vec<Seal>,
    expected: BTreeMap<u64, Vec<Expected>>,
    /// The last size whose root was right: what is wrong later lies after it.
    good: u64,
}

impl<'a> Check<'a> {
    fn new(folder: &'a Folder) -> Self {
        let (report, edge) = (Report::default(), Edge::default());
        Self { folder, report, edge, seals: Vec::new(), expected: BTreeMap::new(), good: 0 }
    }

    fn run(&mut self, moving: &Moving, known: &[Known]) {
        self.report.head.clone_from(&moving.note);
        self.expect(&moving.checkpoint, "checkpoint", "the checkpoint does not match the entries before it");
        self.expect(&moving.head, "head", "the signed head does not match the entries before it");
        for head in &moving.journal.heads {
            self.expect(head, "journal", "the signed head in the journal does not match the entries before it");
        }
        for known in known {
            self.expect(&known.head, "checkpoint", known.by.other_log());
        }
        self.report.vouched = known.iter().map(|known| known.head.size).max();
        self.sizes(moving, known);
        self.check_root();
        self.bundles(moving);
        self.journal(moving);
        self.report.entries = self.edge.size();
        verify_segments::verify(self.folder, &self.seals, &moving.segments, &mut self.report);
    }

    fn finish(mut self) -> Report {
        self.report.findings.sort_by_key(|finding| finding.index.unwrap_or(u64::MAX));
        self.report.findings.truncate(ENOUGH);
        self.report
    }

    fn expect(&mut self, checkpoint: &Checkpoint, file: &'static str, what: &'static str) {
        let root = checkpoint.root;
        self.expected.entry(checkpoint.size).or_default().push(Expected { root, file, what });
    }

    fn find(&mut self, index: impl Into<Option<u64>>, file: String, what: impl Into<String>) {
        if self.report.findings.len() < ENOUGH * 2 {
            self.report.findings.push(Finding { index: index.into(), file, what: what.into() });
        }
    }

    /// Whether everything is as long as the signatures say.
    fn sizes(&mut self, moving: &Moving, known: &[Known]) {
        let (journal, size) = (&moving.journal, moving.journal.size());
        if moving.head.size > size {
            let finding = journal.broken.clone().unwrap_or_else(|| missing(journal, moving.head.size));
            self.report.findings.push(finding);
        } else {
            self.report.unacknowledged_bytes = journal.torn as u64;
        }
        if moving.checkpoint.size > size {
            let what = format!("it names {} entries and {size} are there", moving.checkpoint.size);
            self.find(size, "checkpoint".to_owned(), what);
        }
        if moving.checkpoint.size < journal.first {
            let what = "it is older than the journal beside it: an older checkpoint was put back";
            self.find(moving.checkpoint.size, "checkpoint".to_owned(), what);
        }
        for known in known.iter().filter(|known| known.head.size > size) {
            let what = format!(
                "the ledger was rolled back: {} names {} entries and {size} are there",
                known.by.name(),
                known.head.size
            );
            self.find(size, "journal".to_owned(), what);
        }
    }

    /// Checks the published log: each entry against its hash, each tile against the tree.
    fn bundles(&mut self, moving: &Moving) {
        let size = moving.checkpoint.size;
        for number in 0..size.div_ceil(TILE as u64) {
            let (path, width) = bundle_of(self.folder, number, size);
            let bundle = self.read(moving, &path);
            let start = number * TILE as u64;
            let tile = self.read(moving, &self.folder.tile(0, number, width)).unwrap_or_default();
            let Some(bundle) = bundle else {
                self.find(start, self.folder.name(&path), "the entry bundle is missing");
                return;
            };
            let (entries, ends_well) = read_entries(&bundle);
            for (index, entry) in (start..).zip(entries.iter().take(width)) {
                self.entry(index, entry, &tile, &path, moving);
            }
            if entries.len() != width || !ends_well {
                let what = format!("the bundle has {} whole entries instead of {width}", entries.len());
                self.find(start + entries.len().min(width) as u64, self.folder.name(&path), what);
                if entries.len() < width {
                    return;
                }
            }
        }
        for (path, hashes) in partial_tiles(self.folder, &self.edge) {
            if moving.partial.get(&path).is_none_or(|found| *found != hashes) {
                self.find(None, self.folder.name(&path), "the tile does not match the entries under it");
            }
        }
    }

    fn entry(&mut self, index: u64, entry: &[u8], tile: &[u8], path: &Path, moving: &Moving) {
        let leaf = leaf_hash(entry);
        let place = usize::try_from(index % TILE as u64).unwrap_or(TILE);
        let in_tile = tile.as_chunks::<32>().0.get(place);
        let in_journal = index.checked_sub(moving.journal.first).and_then(|place| usize::try_from(place).ok());
        let in_journal = in_journal.and_then(|place| moving.journal.entries.get(place));
        // INVARIANT I-11: an entry is what its hash, its tiles and every signed head over it say, or it is named.
        if in_tile != Some(&leaf) {
            self.find(index, self.folder.name(path), "the entry does not match its hash in the tile");
        } else if in_journal.is_some_and(|journal| journal.leaf != leaf) {
            self.find(index, self.folder.name(path), "the entry is not the one in the journal");
        }
        self.seals.extend(Seal::read(index, entry));
        self.push(leaf);
    }

    /// Checks what only the journal holds yet.
    fn journal(&mut self, moving: &Moving) {
        let from = self.edge.size();
        let Some(skip) = from.checked_sub(moving.journal.first) else { return };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        for (index, entry) in (from..).zip(moving.journal.entries.iter().skip(skip)) {
            self.seals.extend(Seal::read(index, &entry.content));
            // Tiles above the checkpoint are not published yet.
            self.edge.push(entry.leaf, &mut |_| ());
            self.check_root();
        }
    }

    fn push(&mut self, leaf: Hash) {
        let mut filled = Vec::new();
        self.edge.push(leaf, &mut |tile: FullTile| filled.push(tile));
        for tile in filled {
            let path = self.folder.tile(tile.level, tile.number, TILE);
            let span = (TILE as u64).saturating_pow(u32::try_from(tile.level + 1).unwrap_or(u32::MAX));
            let from = tile.number.saturating_mul(span);
            let same = folder::read(&path).ok().flatten().is_some_and(|found| found == tile.hashes.concat());
            if !same && !self.is_named(from..from.saturating_add(span)) {
                self.find(from, self.folder.name(&path), "the tile does not match the entries under it");
            }
        }
        self.check_root();
    }

    /// Compares the root with what signatures say of a log of this size.
    fn check_root(&mut self) {
        let size = self.edge.size();
        let Some(expected) = self.expected.remove(&size) else { return };
        let root = self.edge.root();
        for Expected { root: signed, file, what } in expected {
            if signed == root {
                self.good = size;
                continue;
            }
            if !self.is_named(0..size) {
                self.find(self.good.min(size.saturating_sub(1)), file.to_owned(), what);
            }
        }
    }

    /// Whether something among these entries is named already: it need not be named again, less exactly.
    fn is_named(&self, range: std::ops::Range<u64>) -> bool {
        self.report.findings.iter().filter_map(|finding| finding.index).any(|index| range.contains(&index))
    }

    fn read(&self, moving: &Moving, path: &Path) -> Option<Vec<u8>> {
        match moving.partial.get(path) {
            Some(bytes) => Some(bytes.clone()),
            None => folder::read(path).ok().flatten(),
        }
    }
}
