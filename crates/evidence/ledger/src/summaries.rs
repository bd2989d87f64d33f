//! Summaries on the disk: for each full bundle a block with the summaries of its 256 entries, 256 blocks a file.
//!
//! They are derived from the bundles and prove nothing: what a summary admits is read from its bundle. A block that is missing, torn or
//! of another log than its bundle is made again. Several processes may make the same block: each writes the same bytes to the same place.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

use crate::entry::read_entries;
use crate::error::LedgerError;
use crate::folder::{self, Folder};
use crate::summary::{self, Summary, UNREADABLE, WIDTH};
use crate::tiles::read_bundle;
use crate::tree::{Hash, TILE, leaf_hash, perfect_root};

/// How many blocks one file holds.
const BLOCKS: u64 = 256;
const ROWS: usize = TILE * WIDTH;
/// After the summaries: the form of the block, the first bytes of its bundle's root in the tree, and a checksum.
const BLOCK: usize = ROWS + 24;
/// The form of a block. A later program that writes others makes them all again.
const FORM: u64 = 1;

/// The summaries of one full bundle.
pub(crate) struct Block(Vec<u8>);

/// The blocks of a ledger, read from the newest to the oldest.
pub(crate) struct Summaries<'a> {
    folder: &'a Folder,
    file: Option<(u64, File)>,
}

impl Block {
    /// The summaries in the order of the entries.
    pub(crate) fn summaries(&self) -> &[Summary] {
        self.0.get(..ROWS).map_or(&[], |rows| rows.as_chunks::<WIDTH>().0)
    }

    /// Summarises a full bundle.
    fn of(bundle: &[u8]) -> Option<Self> {
        let entries = read_entries(bundle).0;
        if entries.len() != TILE {
            return None;
        }
        let summary = |entry: &&[u8]| serde_json::from_slice(entry).map_or(UNREADABLE, |record| summary::of(&record));
        let mut bytes = entries.iter().map(summary).collect::<Vec<Summary>>().concat();
        bytes.extend(FORM.to_le_bytes());
        bytes.extend(root(&entries.iter().map(|entry| leaf_hash(entry)).collect::<Vec<Hash>>()));
        bytes.extend(checksum(&bytes).to_le_bytes());
        (bytes.len() == BLOCK).then_some(Self(bytes))
    }

    /// Reads a block, if it is whole.
    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<8>()?;
        let (_, form) = content.split_at_checked(ROWS)?;
        let is_whole =
            u64::from_le_bytes(*form.first_chunk()?) == FORM && u64::from_le_bytes(*sum) == checksum(content);
        is_whole.then_some(Self(bytes))
    }

    /// The first bytes of its bundle's root.
    fn root(&self) -> Option<[u8; 8]> {
        self.0.get(ROWS + 8..)?.first_chunk().copied()
    }
}

impl<'a> Summaries<'a> {
    pub(crate) fn new(folder: &'a Folder) -> Self {
        Self { folder, file: None }
    }

    /// The block of a full bundle, as it lies on the disk.
    pub(crate) fn read(&mut self, number: u64) -> Option<Block> {
        let wanted = number / BLOCKS;
        if self.file.as_ref().is_none_or(|(open, _)| *open != wanted) {
            self.file = Some((wanted, File::open(self.folder.summaries(wanted)).ok()?));
        }
        let (_, file) = self.file.as_ref()?;
        let mut bytes = vec![0; BLOCK];
        file.read_exact_at(&mut bytes, place(number)).ok()?;
        Block::parse(bytes)
    }

    /// Makes the block of a full bundle from the bundle, and puts it on the disk. `None` when there is no such bundle.
    pub(crate) fn make(&mut self, number: u64) -> Option<Block> {
        let bundle = read_bundle(self.folder, number, (number + 1) * TILE as u64).ok()??;
        let block = Block::of(&bundle)?;
        if let Err(error) = self.write(number, &block) {
            // The search goes on with what was made; the next one makes it again.
            tracing::debug!(%error, number, "summaries of ledger entries could not be kept");
        }
        Some(block)
    }

    /// Makes the block of a full bundle unless a whole one of this bundle is there.
    pub(crate) fn ensure(&mut self, number: u64) {
        let kept = self.read(number).and_then(|block| block.root());
        if kept.is_none() || kept != self.root_in_log(number) {
            self.make(number);
        }
    }

    fn write(&self, number: u64, block: &Block) -> Result<(), LedgerError> {
        let path = self.folder.summaries(number / BLOCKS);
        let open = || {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600).open(&path)
        };
        let file = match open() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), folder::make_folder)?;
                open()
            }
            opened => opened,
        };
        let file = file.map_err(LedgerError::opening(&path))?;
        file.write_all_at(&block.0, place(number)).map_err(LedgerError::file(&path))
    }

    /// The first bytes of a bundle's root, as the log has it.
    fn root_in_log(&self, number: u64) -> Option<[u8; 8]> {
        let tile = folder::read(&self.folder.tile(0, number, TILE)).ok()??;
        Some(root(tile.as_chunks::<32>().0))
    }
}

/// The first bytes of the root over the hashes of a bundle's entries.
fn root(leaves: &[Hash]) -> [u8; 8] {
    perfect_root(leaves).first_chunk().copied().unwrap_or_default()
}

/// Where a block begins in its file.
const fn place(number: u64) -> u64 {
    number % BLOCKS * BLOCK as u64
}

/// Tells a torn block from a whole one. It is no protection against somebody who writes to the folder.
fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(PRIME).rotate_left(29);
    let (words, _) = bytes.as_chunks::<8>();
    // Four sums side by side: one alone waits for each multiplication.
    let (fours, rest) = words.as_chunks::<4>();
    let mut sums = [1, 2, 3, 4];
    for four in fours {
        sums.iter_mut().zip(four).for_each(|(sum, word)| *sum = mix(*sum, u64::from_le_bytes(*word)));
    }
    rest.iter().map(|word| u64::from_le_bytes(*word)).chain(sums).fold(PRIME, mix)
}
