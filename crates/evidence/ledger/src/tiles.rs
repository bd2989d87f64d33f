//! The published log: entry bundles, tiles of hashes and the checkpoint over them.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use crate::entry::{Entry, write_entry};
use crate::error::LedgerError;
use crate::folder::{self, Folder, Unsynced};
use crate::report::Finding;
use crate::tree::{Edge, FullTile, Hash, TILE, node_hash, perfect_root};

/// What is to be published next, and what partial tiles were published last.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    /// The entries of the last, unfinished bundle.
    tail: Vec<Entry>,
    /// Bundles and tiles that were filled since the last publication.
    filled: VecDeque<(PathBuf, Vec<u8>)>,
    /// Partial bundles and tiles on the disk.
    partial: Vec<PathBuf>,
    unsynced: Unsynced,
}

impl Tiles {
    /// The entries since the last full bundle.
    pub(crate) fn tail(&self) -> &[Entry] {
        &self.tail
    }

    /// Adds an entry to the tree, keeping what it filled for publication.
    pub(crate) fn push(&mut self, folder: &Folder, edge: &mut Edge, entry: Entry) {
        let leaf = entry.leaf;
        self.tail.push(entry);
        edge.push(leaf, &mut |full: FullTile| {
            if full.level == 0 {
                self.filled.push_back((folder.bundle(full.number, TILE), bundle(&self.tail)));
                self.tail.clear();
            }
            self.filled.push_back((folder.tile(full.level, full.number, TILE), full.hashes.concat()));
        });
    }

    /// Writes what is new and the checkpoint over it; what is no longer part of it goes. After a file could not be opened it
    /// may be called again, with more entries too: it goes on where it was.
    pub(crate) fn publish(&mut self, folder: &Folder, edge: &Edge, note: &str) -> Result<(), LedgerError> {
        while let Some((path, content)) = self.filled.front() {
            self.unsynced.write(path.clone(), content)?;
            self.filled.pop_front();
        }
        let mut partial = partial_tiles(folder, edge);
        if !self.tail.is_empty() {
            partial.push((folder.bundle(edge.size() / TILE as u64, self.tail.len()), bundle(&self.tail)));
        }
        for (path, content) in &partial {
            // One that is there already has this content: the log only grows. Readers may be reading it.
            if !self.partial.contains(path) {
                self.unsynced.write(path.clone(), content)?;
                self.partial.push(path.clone());
            }
        }
        let partial = partial.into_iter().map(|(path, _)| path).collect();
        folder::replace(&folder.checkpoint(), note.as_bytes())?;
        for old in std::mem::replace(&mut self.partial, partial) {
            if !self.partial.contains(&old) {
                self.unsynced.remove(&old)?;
                // An emptied `.p` folder goes too; one that is not empty stays, and that is no failure.
                let _ = old.parent().map(std::fs::remove_dir);
            }
        }
        Ok(())
    }

    /// Puts everything that was published on the disk.
    pub(crate) fn sync(&mut self, folder: &Folder) -> Result<(), LedgerError> {
        let path = folder.checkpoint();
        folder::sync(&path)?;
        self.unsynced.sync(folder)?;
        folder::sync(folder.root())
    }

    /// Removes partial tiles that an interrupted publication left between two sizes.
    pub(crate) fn remove_stale(&self, folder: &Folder, from: u64, edge: &Edge) -> Result<(), LedgerError> {
        let (mut first, mut last) = (from / TILE as u64, edge.size() / TILE as u64);
        for level in 0..=edge.levels().len() {
            for number in first..=last {
                let tile = folder.tile(level, number, 0);
                remove_others(tile.parent(), &self.partial)?;
                if level == 0 {
                    remove_others(folder.bundle(number, 0).parent(), &self.partial)?;
                }
            }
            (first, last) = (first / TILE as u64, last / TILE as u64);
        }
        Ok(())
    }
}

/// The unfinished tiles of each level, as they are published.
pub(crate) fn partial_tiles(folder: &Folder, edge: &Edge) -> Vec<(PathBuf, Vec<u8>)> {
    let mut tiles = Vec::new();
    let mut count = edge.size();
    for (level, hashes) in edge.levels().iter().enumerate() {
        if !hashes.is_empty() {
            tiles.push((folder.tile(level, count / TILE as u64, hashes.len()), hashes.concat()));
        }
        count /= TILE as u64;
    }
    tiles
}

fn bundle(entries: &[Entry]) -> Vec<u8> {
    let mut bundle = Vec::new();
    entries.iter().for_each(|entry| write_entry(&mut bundle, &entry.content));
    bundle
}

fn remove_others(folder: Option<&std::path::Path>, keep: &[PathBuf]) -> Result<(), LedgerError> {
    let Some(folder) = folder else { return Ok(()) };
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        if !keep.contains(&path) {
            std::fs::remove_file(&path).map_err(LedgerError::file(&path))?;
        }
    }
    let _ = std::fs::remove_dir(folder);
    Ok(())
}

/// Reads the hashes of a published log of one size.
pub(crate) struct TileReader<'a> {
    folder: &'a Folder,
    size: u64,
    read: HashMap<(usize, u64), Vec<Hash>>,
}

impl<'a> TileReader<'a> {
    pub(crate) fn new(folder: &'a Folder, size: u64) -> Self {
        Self { folder, size, read: HashMap::new() }
    }

    /// The root over the entries from `low` up to `high`, which are a node of the tree.
    pub(crate) fn root(&mut self, low: u64, high: u64) -> Result<Hash, LedgerError> {
        let width = high - low;
        if width.is_power_of_two() && low.is_multiple_of(width) {
            return self.perfect(width.trailing_zeros(), low / width);
        }
        let middle = low + split(width);
        let (left, right) = (self.root(low, middle)?, self.root(middle, high)?);
        Ok(node_hash(&left, &right))
    }

    /// The root of the perfect subtree of that height and number.
    fn perfect(&mut self, height: u32, number: u64) -> Result<Hash, LedgerError> {
        let (level, inside) = ((height / 8) as usize, height % 8);
        let first = number << inside;
        let tile = self.tile(level, first / TILE as u64)?;
        let from = usize::try_from(first % TILE as u64).unwrap_or(TILE);
        let hashes = tile.get(from..from + (1 << inside)).map(perfect_root);
        hashes.ok_or(LedgerError::NoSuchEntry { index: number << height, size: self.size })
    }

    /// A tile as it is in the log of this size.
    pub(crate) fn tile(&mut self, level: usize, number: u64) -> Result<&[Hash], LedgerError> {
        let width = tile_width(self.size, level, number);
        let path = self.folder.tile(level, number, width);
        let hashes = match self.read.entry((level, number)) {
            std::collections::hash_map::Entry::Occupied(read) => read.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let bytes = std::fs::read(&path).map_err(LedgerError::file(&path))?;
                let (hashes, rest) = bytes.as_chunks::<32>();
                if hashes.len() != width || !rest.is_empty() {
                    let what = format!("a tile has {} bytes instead of {}", bytes.len(), width * 32);
                    let finding = Finding { index: None, file: self.folder.name(&path), what };
                    return Err(LedgerError::Altered { folder: self.folder.root().to_owned(), finding });
                }
                place.insert(hashes.to_vec())
            }
        };
        Ok(hashes)
    }
}

/// How many of its places a tile has filled in a log of that size.
pub(crate) fn tile_width(size: u64, level: usize, number: u64) -> usize {
    let shift = u32::try_from(level * 8).unwrap_or(u32::MAX);
    let hashes = size.checked_shr(shift).unwrap_or(0).saturating_sub(number.saturating_mul(TILE as u64));
    usize::try_from(hashes).unwrap_or(TILE).min(TILE)
}

/// The largest power of two below that width: where RFC 6962 divides a tree.
pub(crate) fn split(width: u64) -> u64 {
    width.next_power_of_two() / 2
}

/// The growing edge of a log whose size is a whole number of bundles, from full tiles alone.
pub(crate) fn edge_at(folder: &Folder, size: u64) -> Result<Edge, LedgerError> {
    let mut reader = TileReader::new(folder, size);
    let mut levels = vec![Vec::new()];
    let mut count = size / TILE as u64;
    for level in 0.. {
        if count == 0 {
            break;
        }
        let open = count % TILE as u64;
        let roots: Result<Vec<Hash>, LedgerError> =
            (count - open..count).map(|number| Ok(perfect_root(reader.tile(level, number)?))).collect();
        levels.push(roots?);
        count /= TILE as u64;
    }
    Ok(Edge::from_levels(size, levels))
}

/// What a bundle in the log of that size is called, and how many entries it has.
pub(crate) fn bundle_of(folder: &Folder, number: u64, size: u64) -> (PathBuf, usize) {
    let width = tile_width(size, 0, number);
    (folder.bundle(number, width), width)
}

/// One bundle as it lies on the disk; `None` when it is not there.
pub(crate) fn read_bundle(folder: &Folder, number: u64, size: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    folder::read(&bundle_of(folder, number, size).0)
}
