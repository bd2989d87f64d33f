//! RFC 6962 hashing, and the growing edge of the tree: what must be known of a log to add to it.

use aws_lc_rs::digest::{Context, SHA256};

/// A node of the tree.
pub type Hash = [u8; 32];

/// How many hashes one tile holds, and how many entries one bundle.
pub(crate) const TILE: usize = 256;

/// The hash of one entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    hash(&[&[0], entry])
}

pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

/// The root of a tree without entries.
pub(crate) fn empty_root() -> Hash {
    hash(&[])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The root of a perfect tree over those hashes, whose number is a power of two.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => empty_root(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            node_hash(&perfect_root(left), &perfect_root(right))
        }
    }
}

/// The growing edge: of each level of tiles, the hashes of its last, unfinished tile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

/// A tile that was filled: its level, its number at that level, its hashes.
#[derive(Debug, Clone)]
pub(crate) struct FullTile {
    pub(crate) level: usize,
    pub(crate) number: u64,
    pub(crate) hashes: Vec<Hash>,
}

impl Edge {
    /// The edge with those unfinished tiles.
    pub(crate) const fn from_levels(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The unfinished tiles, level by level from the leaves.
    pub(crate) fn levels(&self) -> &[Vec<Hash>] {
        &self.levels
    }

    /// Adds a leaf; gives each tile that this filled to `full`.
    pub(crate) fn push(&mut self, leaf: Hash, full: &mut impl FnMut(FullTile)) {
        self.size += 1;
        let mut carried = leaf;
        let mut span: u64 = 1;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(TILE));
            }
            let Some(hashes) = self.levels.get_mut(level) else { return };
            hashes.push(carried);
            span = span.saturating_mul(TILE as u64);
            if hashes.len() < TILE {
                return;
            }
            let hashes = std::mem::replace(hashes, Vec::with_capacity(TILE));
            carried = perfect_root(&hashes);
            full(FullTile { level, number: self.size / span - 1, hashes });
        }
    }

    /// The root of the whole tree.
    pub(crate) fn root(&self) -> Hash {
        let mut right: Option<Hash> = None;
        for hashes in &self.levels {
            let mut rest = hashes.as_slice();
            // The smallest perfect subtree is the rightmost.
            while !rest.is_empty() {
                let width = 1 << rest.len().trailing_zeros();
                let (before, last) = rest.split_at(rest.len() - width);
                let left = perfect_root(last);
                right = Some(right.map_or(left, |right| node_hash(&left, &right)));
                rest = before;
            }
        }
        right.unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn the_edge_has_the_root_of_the_definition_and_fills_tiles_in_order() {
        let mut edge = Edge::default();
        let mut leaves = Vec::new();
        let mut tiles = Vec::new();
        assert_eq!(hex::encode(edge.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for number in 0..1030_u32 {
            let leaf = leaf_hash(&number.to_be_bytes());
            leaves.push(leaf);
            edge.push(leaf, &mut |tile| tiles.push((tile.level, tile.number, tile.hashes.len())));
            if !(300..=1000).contains(&number) {
                assert_eq!(edge.root(), by_definition(&leaves), "{number}");
            }
        }
        assert_eq!(tiles, [(0, 0, 256), (0, 1, 256), (0, 2, 256), (0, 3, 256)]);
    }

    #[test]
    fn the_known_answers_of_rfc_6962_hold() {
        let entries: [&[u8]; 3] = [b"", b"\x00", b"\x10"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ];
        let mut edge = Edge::default();
        for (entry, root) in entries.into_iter().zip(roots) {
            edge.push(leaf_hash(entry), &mut |_| ());
            assert_eq!(hex::encode(edge.root()), root);
        }
    }
}
