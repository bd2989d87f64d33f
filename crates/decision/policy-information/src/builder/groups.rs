//! Which group is in which, directly and through others. Memberships that close a circle do not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use sekisho_model::facts::Handle;

/// The groups that exist, with their parents. Parents need not exist.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupGraph {
    parents: OrdMap<Handle, Arc<[Handle]>>,
    children: OrdMap<Handle, OrdSet<Handle>>,
    ancestors: OrdMap<Handle, Arc<[Handle]>>,
    /// Whether a circle was ever seen: until then ancestors are found in one pass, without looking for any.
    circular: bool,
}

impl GroupGraph {
    /// Puts a group with its direct parents, or removes it, and returns it and every group below it: those whose ancestors
    /// or whose circles may have changed.
    pub(super) fn set(&mut self, group: Handle, parents: Option<Vec<Handle>>) -> BTreeSet<Handle> {
        for parent in self.parents_of(group).to_vec() {
            if let Some(children) = self.children.get_mut(&parent) {
                children.remove(&group);
            }
        }
        match parents {
            // In the order of the document: which of two circles is told must not depend on handles.
            Some(parents) => {
                for parent in &parents {
                    self.children.entry(*parent).or_default().insert(group);
                }
                self.circular |= parents.iter().any(|parent| self.reaches(*parent, group));
                self.parents.insert(group, parents.into());
            }
            None => drop(self.parents.remove(&group)),
        }
        let affected = self.below(group);
        if self.circular {
            for group in &affected {
                let ancestors = self.compute_ancestors(*group);
                self.keep(*group, ancestors);
            }
        } else {
            self.pass_down(&affected);
        }
        affected
    }

    /// The ancestors of these groups, each from its parents', where no group is in itself.
    fn pass_down(&mut self, affected: &BTreeSet<Handle>) {
        let mut done = BTreeSet::new();
        for start in affected {
            let mut open = vec![*start];
            while let Some(at) = open.last().copied() {
                let is_due = |parent: &&Handle| affected.contains(parent) && !done.contains(*parent);
                let due: Vec<Handle> = self.parents_of(at).iter().filter(is_due).copied().collect();
                if due.is_empty() {
                    let ancestors = self.with_ancestors(self.parents_of(at));
                    self.keep(at, ancestors.into());
                    done.insert(at);
                    open.pop();
                } else {
                    open.extend(due);
                }
            }
        }
    }

    fn keep(&mut self, group: Handle, ancestors: Arc<[Handle]>) {
        match self.parents.contains_key(&group) {
            true => drop(self.ancestors.insert(group, ancestors)),
            false => drop(self.ancestors.remove(&group)),
        }
    }

    /// The ancestors of a group that exists, in order.
    pub(super) fn ancestors(&self, group: Handle) -> Option<&[Handle]> {
        self.ancestors.get(&group).map(AsRef::as_ref)
    }

    /// These groups and all their ancestors, in order.
    pub(super) fn with_ancestors(&self, direct: &[Handle]) -> Vec<Handle> {
        let mut all = direct.to_vec();
        for group in direct {
            all.extend_from_slice(self.ancestors(*group).unwrap_or_default());
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The shortest way from a group through its parents back to it, both ends included.
    pub(super) fn cycle(&self, group: Handle) -> Option<Vec<Handle>> {
        let mut came_from = BTreeMap::new();
        let mut queue = VecDeque::from([group]);
        while let Some(at) = queue.pop_front() {
            for parent in self.parents_of(at) {
                if *parent == group {
                    let mut way = vec![group];
                    let mut step = at;
                    while step != group {
                        way.push(step);
                        step = came_from.get(&step).copied().unwrap_or(group);
                    }
                    way.push(group);
                    way.reverse();
                    return Some(way);
                }
                came_from.entry(*parent).or_insert_with(|| {
                    queue.push_back(*parent);
                    at
                });
            }
        }
        None
    }

    /// The parents that count: those that are not in the group themselves.
    fn compute_ancestors(&self, group: Handle) -> Arc<[Handle]> {
        let mut seen = BTreeSet::new();
        let mut open = vec![group];
        while let Some(at) = open.pop() {
            for parent in self.parents_of(at) {
                if !seen.contains(parent) && !self.reaches(*parent, at) {
                    seen.insert(*parent);
                    open.push(*parent);
                }
            }
        }
        seen.into_iter().collect()
    }

    fn reaches(&self, from: Handle, to: Handle) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                open.extend_from_slice(self.parents_of(at));
            }
        }
        false
    }

    fn below(&self, group: Handle) -> BTreeSet<Handle> {
        let mut seen = BTreeSet::new();
        let mut open = vec![group];
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(self.children.get(&at).into_iter().flatten());
            }
        }
        seen
    }

    fn parents_of(&self, group: Handle) -> &[Handle] {
        self.parents.get(&group).map_or(&[], AsRef::as_ref)
    }
}
