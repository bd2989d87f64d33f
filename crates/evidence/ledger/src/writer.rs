//! The ledger's own state, which one thread owns: append groups, take access events, seal and publish.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sekisho_model::{Record, Timestamp};

use crate::batch::AccessBatch;
use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::error::LedgerError;
use crate::folder::{Folder, create, make_folder, sync};
use crate::head::HeadFile;
use crate::index::Index;
use crate::journal;
use crate::key::SigningKey;
use crate::segment::Segment;
use crate::tiles::Tiles;
use crate::tree::{Edge, TILE};

/// A journal of that many bytes is replaced by a new one at the next publication.
const JOURNAL_FULL: u64 = 8 << 20;

/// A record on its way into the log.
pub(crate) struct Incoming {
    pub(crate) entry: Entry,
    pub(crate) record: Arc<Record>,
}

impl Incoming {
    pub(crate) fn of(record: Record) -> Result<Self, LedgerError> {
        Ok(Self { entry: Entry::of(&record)?, record: Arc::new(record) })
    }
}

/// Who the ledger is.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) origin: String,
    pub(crate) key: Arc<SigningKey>,
}

pub(crate) struct Writer {
    pub(crate) folder: Folder,
    pub(crate) identity: Identity,
    pub(crate) edge: Edge,
    pub(crate) tiles: Tiles,
    pub(crate) index: Index,
    pub(crate) next_segment: u64,
    segment: Option<Segment>,
    journal: File,
    journal_bytes: u64,
    head: HeadFile,
    published: u64,
    size: Arc<AtomicU64>,
    /// Held as long as the ledger is open.
    _lock: File,
}

/// What a writer begins with.
pub(crate) struct Beginning {
    pub(crate) folder: Folder,
    pub(crate) identity: Identity,
    pub(crate) edge: Edge,
    pub(crate) tiles: Tiles,
    pub(crate) index: Index,
    pub(crate) next_segment: u64,
    pub(crate) lock: File,
}

impl Writer {
    /// A writer that goes on from there. Publishes what it found again and syncs it, whatever state it was in.
    pub(crate) fn begin(from: Beginning) -> Result<Self, LedgerError> {
        let Beginning { folder, identity, edge, tiles, index, next_segment, lock } = from;
        make_folder(&folder.segments())?;
        let tiles = begin_tiles(&folder, &identity, &edge, tiles)?;
        let (journal, journal_bytes) = begin_journal(&folder, &edge, &tiles, &sign(&identity, &edge))?;
        let head = HeadFile::begin(&folder, &sign(&identity, &edge))?;
        sync(folder.root())?;
        let (segment, published) = (None, edge.size());
        let size = Arc::new(AtomicU64::new(published));
        Ok(Self {
            folder,
            identity,
            edge,
            tiles,
            index,
            next_segment,
            segment,
            journal,
            journal_bytes,
            head,
            published,
            size,
            _lock: lock,
        })
    }

    pub(crate) fn size(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.size)
    }

    /// Tells its size there from here on.
    pub(crate) fn count_in(&mut self, size: Arc<AtomicU64>) {
        size.store(self.edge.size(), Ordering::Release);
        self.size = size;
    }

    /// Appends a group: one write, one sync, whatever its number of entries. Returns the index of its first entry.
    pub(crate) fn append(&mut self, group: Vec<Incoming>) -> Result<u64, LedgerError> {
        let start = self.edge.size();
        let (entries, records): (Vec<Entry>, Vec<Arc<Record>>) =
            group.into_iter().map(|incoming| (incoming.entry, incoming.record)).unzip();
        let mut edge = self.edge.clone();
        entries.iter().for_each(|entry| edge.push(entry.leaf, &mut |_| ()));
        let note = sign(&self.identity, &edge);
        let bytes = journal::encode(&entries, &note);
        self.write_journal(&bytes)?;
        // From here on the group is on the disk.
        self.head.write(&note)?;
        for (entry, record) in entries.into_iter().zip(records) {
            self.tiles.push(&self.folder, &mut self.edge, entry);
            self.index.push(record);
        }
        self.size.store(self.edge.size(), Ordering::Release);
        Ok(start)
    }

    /// Takes a batch of access events.
    pub(crate) fn access(&mut self, batch: &AccessBatch) -> Result<(), LedgerError> {
        if batch.is_empty() {
            return Ok(());
        }
        if self.segment.is_none() {
            self.segment = Some(Segment::create(&self.folder, self.next_segment)?);
            self.next_segment += 1;
        }
        self.segment.as_mut().map_or(Ok(()), |segment| segment.write(batch))
    }

    /// What is done every second: seals access events and publishes what is new.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        if let Some(segment) = &mut self.segment {
            let seal = segment.seal(now)?;
            if segment.is_full() {
                self.segment = None;
            }
            if let Some(seal) = seal {
                self.append(vec![Incoming::of(seal)?])?;
            }
        }
        if self.published != self.edge.size() {
            self.publish()?;
            if self.journal_bytes > JOURNAL_FULL {
                self.renew_journal()?;
            }
        }
        self.head.sync()
    }

    /// How many bundles are full and published.
    pub(crate) fn full_bundles(&self) -> u64 {
        self.published / TILE as u64
    }

    /// The head of the log as it is now.
    pub(crate) fn head(&self) -> Checkpoint {
        head(&self.identity, &self.edge)
    }

    /// The signed head of the log as it is now.
    pub(crate) fn signed_head(&self) -> String {
        sign(&self.identity, &self.edge)
    }

    pub(crate) fn publish(&mut self) -> Result<(), LedgerError> {
        self.tiles.publish(&self.folder, &self.edge, &self.signed_head())?;
        self.published = self.edge.size();
        Ok(())
    }

    fn write_journal(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        let written = self.journal.write_all(bytes).and_then(|()| self.journal.sync_data());
        written.map_err(LedgerError::file(&self.folder.journals()))?;
        self.journal_bytes += bytes.len() as u64;
        Ok(())
    }

    fn renew_journal(&mut self) -> Result<(), LedgerError> {
        self.tiles.sync(&self.folder)?;
        let note = self.signed_head();
        (self.journal, self.journal_bytes) = begin_journal(&self.folder, &self.edge, &self.tiles, &note)?;
        Ok(())
    }
}

fn head(identity: &Identity, edge: &Edge) -> Checkpoint {
    Checkpoint { origin: identity.origin.clone(), size: edge.size(), root: edge.root() }
}

fn sign(identity: &Identity, edge: &Edge) -> String {
    head(identity, edge).sign(&identity.key)
}

/// Publishes what was found and puts it on the disk, whatever state it was in.
fn begin_tiles(folder: &Folder, identity: &Identity, edge: &Edge, mut tiles: Tiles) -> Result<Tiles, LedgerError> {
    tiles.publish(folder, edge, &sign(identity, edge))?;
    tiles.sync(folder)?;
    Ok(tiles)
}

/// Begins a new journal with the entries that no full tile holds, once the tiles are on the disk; older ones go.
fn begin_journal(folder: &Folder, edge: &Edge, tiles: &Tiles, note: &str) -> Result<(File, u64), LedgerError> {
    make_folder(&folder.journals())?;
    let first = edge.size() / TILE as u64 * TILE as u64;
    let draft = folder.journals().join("next");
    // Everything is opened before anything is written: from the rename on, nobody may go on with the journal before.
    let above = File::open(folder.journals()).map_err(LedgerError::opening(&draft))?;
    let there = folder.numbers(&folder.journals())?;
    let mut file = create(&draft)?;
    let bytes = journal::encode(tiles.tail(), note);
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(LedgerError::file(&draft))?;
    let path = folder.journal(first);
    std::fs::rename(&draft, &path).map_err(LedgerError::file(&path))?;
    above.sync_all().map_err(LedgerError::file(&folder.journals()))?;
    for old in there.into_iter().filter(|old| *old != first) {
        let old = folder.journal(old);
        std::fs::remove_file(&old).map_err(LedgerError::file(&old))?;
    }
    Ok((file, bytes.len() as u64))
}
