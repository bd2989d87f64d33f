//! Proofs against a checkpoint: that an entry is in the log, and that a log grew from an earlier one (RFC 6962).

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::entry::read_entries;
use crate::error::LedgerError;
use crate::folder::{self, Folder};
use crate::key::PublicKey;
use crate::report::Finding;
use crate::tiles::{TileReader, read_bundle, split};
use crate::tree::Hash;
use crate::tree::{TILE, empty_root, leaf_hash, node_hash};

/// That an entry is in the log a checkpoint names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The entry's index.
    pub index: u64,
    /// The entry itself: the record's JSON.
    pub entry: Vec<u8>,
    /// The signed checkpoint it is proven against.
    pub checkpoint: String,
    /// The hashes beside the way from the entry up to the root.
    pub path: Vec<Hash>,
}

/// That the log of a newer checkpoint begins with the whole log of an older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The signed newer checkpoint.
    pub checkpoint: String,
    /// The older size.
    pub from: u64,
    /// The newer size.
    pub to: u64,
    /// The hashes that make both roots.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// Whether the entry is in the log of that checkpoint.
    #[must_use]
    pub fn verify(&self, checkpoint: &Checkpoint) -> bool {
        self.index < checkpoint.size
            && root_from(self.index, checkpoint.size, leaf_hash(&self.entry), &self.path) == Some(checkpoint.root)
    }
}

impl ConsistencyProof {
    /// Whether the newer log begins with the older one.
    #[must_use]
    pub fn verify(&self, older: &Checkpoint, newer: &Checkpoint) -> bool {
        if older.origin != newer.origin || self.from != older.size || self.to != newer.size || older.size > newer.size {
            return false;
        }
        if older.size == 0 {
            return self.path.is_empty() && older.root == empty_root();
        }
        let roots = roots_from(older.size, newer.size, Some(older.root), &self.path);
        roots == Some((older.root, newer.root))
    }
}

/// Makes the proof that an entry is in the published log.
pub(crate) fn prove(folder: &Folder, key: &PublicKey, index: u64) -> Result<InclusionProof, LedgerError> {
    let (note, size) = published(folder, key)?;
    let none = LedgerError::NoSuchEntry { index, size };
    let bundle = read_bundle(folder, index / TILE as u64, size)?.unwrap_or_default();
    let place = usize::try_from(index % TILE as u64).unwrap_or(TILE);
    let entry = read_entries(&bundle).0.get(place).map(|entry| entry.to_vec()).ok_or(none)?;
    let mut path = Vec::new();
    inclusion(&mut TileReader::new(folder, size), index, 0, size, &mut path)?;
    Ok(InclusionProof { index, entry, checkpoint: note, path })
}

/// Makes the proof that the published log in a folder begins with its first `from` entries as they were, for the signed checkpoint in
/// that folder. The folder may be a copy. The proof must be held against a checkpoint that was kept elsewhere.
///
/// # Errors
/// When the log has fewer entries, its checkpoint is not signed with that key, or its tiles cannot be read.
pub fn prove_consistency(folder: &Path, key: &PublicKey, from: u64) -> Result<ConsistencyProof, LedgerError> {
    let folder = &Folder::new(folder);
    let (note, size) = published(folder, key)?;
    if from > size {
        return Err(LedgerError::NoSuchEntry { index: from, size });
    }
    let mut path = Vec::new();
    if from > 0 {
        consistency(&mut TileReader::new(folder, size), from, (0, size), true, &mut path)?;
    }
    Ok(ConsistencyProof { checkpoint: note, from, to: size, path })
}

/// Whether the published log begins with exactly the entries of that head.
pub(crate) fn begins_with(folder: &Folder, key: &PublicKey, head: &Checkpoint) -> Result<bool, LedgerError> {
    let (_, size) = published(folder, key)?;
    if head.size > size {
        return Ok(false);
    }
    let root = if head.size == 0 { empty_root() } else { TileReader::new(folder, size).root(0, head.size)? };
    Ok(root == head.root)
}

fn published(folder: &Folder, key: &PublicKey) -> Result<(String, u64), LedgerError> {
    let altered = || {
        let (file, what) = ("checkpoint".to_owned(), "the checkpoint is missing or was altered".to_owned());
        LedgerError::Altered { folder: folder.root().to_owned(), finding: Finding { index: None, file, what } }
    };
    let note = folder::read(&folder.checkpoint())?.ok_or_else(altered)?;
    let note = String::from_utf8(note).map_err(|_| altered())?;
    let size = Checkpoint::open(&note, key).map_err(|_| altered())?.size;
    Ok((note, size))
}

fn inclusion(
    tiles: &mut TileReader<'_>,
    index: u64,
    low: u64,
    high: u64,
    path: &mut Vec<Hash>,
) -> Result<(), LedgerError> {
    if high - low <= 1 {
        return Ok(());
    }
    let middle = low + split(high - low);
    if index < middle {
        inclusion(tiles, index, low, middle, path)?;
        path.push(tiles.root(middle, high)?);
    } else {
        inclusion(tiles, index, middle, high, path)?;
        path.push(tiles.root(low, middle)?);
    }
    Ok(())
}

fn consistency(
    tiles: &mut TileReader<'_>,
    from: u64,
    (low, high): (u64, u64),
    known: bool,
    path: &mut Vec<Hash>,
) -> Result<(), LedgerError> {
    if from == high - low {
        if !known {
            path.push(tiles.root(low, high)?);
        }
        return Ok(());
    }
    let middle = low + split(high - low);
    if from <= middle - low {
        consistency(tiles, from, (low, middle), known, path)?;
        path.push(tiles.root(middle, high)?);
    } else {
        consistency(tiles, from - (middle - low), (middle, high), false, path)?;
        path.push(tiles.root(low, middle)?);
    }
    Ok(())
}

/// The root that an inclusion path leads to.
fn root_from(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Option<Hash> {
    if size <= 1 {
        return path.is_empty().then_some(leaf);
    }
    let (beside, rest) = path.split_last()?;
    let middle = split(size);
    if index < middle {
        Some(node_hash(&root_from(index, middle, leaf, rest)?, beside))
    } else {
        Some(node_hash(beside, &root_from(index - middle, size - middle, leaf, rest)?))
    }
}

/// The older and the newer root that a consistency path leads to. `known` is the older root while it is the whole left side.
fn roots_from(from: u64, to: u64, known: Option<Hash>, path: &[Hash]) -> Option<(Hash, Hash)> {
    if from == to {
        return match (known, path) {
            (Some(root), []) => Some((root, root)),
            (None, [root]) => Some((*root, *root)),
            _ => None,
        };
    }
    let (beside, rest) = path.split_last()?;
    let middle = split(to);
    if from <= middle {
        let (older, newer) = roots_from(from, middle, known, rest)?;
        Some((older, node_hash(&newer, beside)))
    } else {
        let (older, newer) = roots_from(from - middle, to - middle, None, rest)?;
        Some((node_hash(beside, &older), node_hash(beside, &newer)))
    }
}
