//! A persistent vector for snapshots: constant-time clone, and a change copies a few small nodes.

use std::sync::Arc;

const LEAF: usize = 16;
const NODE: usize = 32;
const BRANCH: usize = 32;
/// How many numbers one branch holds.
const SPAN: usize = LEAF * NODE * BRANCH;

type Leaf<T> = [Option<T>; LEAF];
type Node<T> = [Option<Arc<Leaf<T>>>; NODE];
type Branch<T> = [Option<Arc<Node<T>>>; BRANCH];

/// A sparse vector of `T` by number. Cloning shares everything; [`Radix::set`] copies only what is still shared.
///
/// Nodes are small because to copy one is to count one more reference in each of its children, most of which are in no
/// cache.
#[derive(Debug)]
pub struct Radix<T> {
    branches: Arc<Vec<Option<Arc<Branch<T>>>>>,
    len: usize,
}

impl<T> Clone for Radix<T> {
    fn clone(&self) -> Self {
        Self { branches: Arc::clone(&self.branches), len: self.len }
    }
}

impl<T> Default for Radix<T> {
    fn default() -> Self {
        Self { branches: Arc::default(), len: 0 }
    }
}

impl<T: Clone> Radix<T> {
    /// How many numbers have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no number has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at a number.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let branch = self.branches.get(index / SPAN)?.as_ref()?;
        let node = branch.get(index / (LEAF * NODE) % BRANCH)?.as_ref()?;
        let leaf = node.get(index / LEAF % NODE)?.as_ref()?;
        leaf.get(index % LEAF)?.as_ref()
    }

    /// Puts a value at a number and returns what was there.
    pub fn set(&mut self, index: usize, value: Option<T>) -> Option<T> {
        let at = index / SPAN;
        let branches = Arc::make_mut(&mut self.branches);
        if branches.len() <= at {
            value.as_ref()?;
            branches.resize(at + 1, None);
        }
        let branch = branches.get_mut(at)?.get_or_insert_with(|| Arc::new([const { None }; BRANCH]));
        let node = Arc::make_mut(branch).get_mut(index / (LEAF * NODE) % BRANCH)?;
        let node = node.get_or_insert_with(|| Arc::new([const { None }; NODE]));
        let leaf = Arc::make_mut(node).get_mut(index / LEAF % NODE)?;
        let leaf = leaf.get_or_insert_with(|| Arc::new([const { None }; LEAF]));
        let place = Arc::make_mut(leaf).get_mut(index % LEAF)?;
        let (added, old) = (value.is_some(), std::mem::replace(place, value));
        match (&old, added) {
            (None, true) => self.len += 1,
            (Some(_), false) => self.len -= 1,
            _ => {}
        }
        old
    }

    /// The numbers that have a value, with it, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let branches = present(self.branches.iter(), 0, SPAN);
        let nodes = branches.flat_map(|(from, branch)| present(branch.iter(), from, LEAF * NODE));
        let leaves = nodes.flat_map(|(from, node)| present(node.iter(), from, LEAF));
        leaves.flat_map(|(from, leaf)| present(leaf.iter(), from, 1))
    }
}

/// The children that are there, each with the first number it holds.
fn present<'a, C: 'a>(
    children: impl Iterator<Item = &'a Option<C>>,
    from: usize,
    span: usize,
) -> impl Iterator<Item = (usize, &'a C)> {
    children.enumerate().filter_map(move |(n, child)| Some((from + n * span, child.as_ref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_behaves_as_a_map_and_snapshots_do_not_change(
            steps in proptest::collection::vec((0_usize..20_000, proptest::option::of(0_u32..9)), 1..200)
        ) {
            let (mut radix, mut map) = (Radix::default(), BTreeMap::new());
            let mut snapshot = None;
            for (n, (index, value)) in steps.into_iter().enumerate() {
                let old = radix.set(index, value);
                let expected = match value {
                    Some(v) => map.insert(index, v),
                    None => map.remove(&index),
                };
                prop_assert_eq!(old, expected);
                if n == 50 {
                    snapshot = Some((radix.clone(), map.clone()));
                }
            }
            for (radix, map) in std::iter::once((radix, map)).chain(snapshot) {
                prop_assert_eq!(radix.len(), map.len());
                prop_assert!(radix.iter().map(|(i, v)| (i, *v)).eq(map.into_iter()));
            }
        }
    }
}
