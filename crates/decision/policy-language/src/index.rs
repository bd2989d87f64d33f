//! Which policies can speak about a request: found by principal and resource, never by scanning the set.
//!
//! The scope of a policy cannot fail to evaluate, so leaving out what is out of scope never hides an error.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use sekisho_model::Action;
use sekisho_model::facts::{EntityType, Handle};

use crate::Effect;
use crate::compiled::Compiled;
use crate::group_table::GroupTable;
use crate::program::Condition;
use crate::scope::{Actions, Side};

/// An entity with everything that it is in, in order.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The entity.
    pub handle: Handle,
    /// Its ancestors in order, itself left out.
    pub ancestors: &'a [Handle],
}

/// A policy that can speak about a request, with all that asking it takes.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Its place in the set.
    pub place: u32,
    /// What must hold.
    pub condition: Condition,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// Whether it is only reported on.
    pub report_only: bool,
}

/// The policies of a set by the scope of their resource, then by that of their principal.
#[derive(Debug, Default)]
pub(crate) struct Index {
    buckets: HashMap<Key, Bucket, BuildHasherDefault<KeyHasher>>,
    /// Every policy, those of one bucket side by side: first those about no group, then those about one, by group.
    entries: Vec<Entry>,
    /// For each of them, where the group that it is about shows in the sketch of a party.
    marks: Vec<u8>,
}

/// With more policies about groups than this in one bucket, looking up each of the principal's groups is cheaper than going
/// through them.
const FEW: usize = 64;

type Key = u64;

/// The policies with one resource key.
#[derive(Debug)]
struct Bucket {
    /// Those about no group.
    ungrouped: Range<u32>,
    /// Those about a group that are compared one by one, at most [`FEW`].
    compared: Range<u32>,
    /// Those that are looked up by group.
    groups: GroupTable,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    candidate: Candidate,
    actions: Actions,
    principal: Side,
    resource: Option<EntityType>,
}

impl Index {
    /// The index of policies by their scopes.
    pub(crate) fn new(policies: &[Compiled]) -> Self {
        let mut sorted: BTreeMap<Key, BTreeMap<Option<Handle>, Vec<Entry>>> = BTreeMap::new();
        for (place, policy) in (0..).zip(policies) {
            let Compiled { scope, condition, effect, report_only } = *policy;
            let (key, resource) = key(scope.resource);
            let candidate = Candidate { place, condition, effect, report_only };
            let entry = Entry { candidate, actions: scope.actions, principal: scope.principal, resource };
            sorted.entry(key).or_default().entry(group(scope.principal)).or_default().push(entry);
        }
        let mut index = Self::default();
        for (key, by_group) in sorted {
            let bucket = index.bucket(by_group);
            index.buckets.insert(key, bucket);
        }
        index
    }

    fn bucket(&mut self, by_group: BTreeMap<Option<Handle>, Vec<Entry>>) -> Bucket {
        // Places are 32 bits wide, so there are never more entries than these can count.
        let end = |index: &Self| u32::try_from(index.entries.len()).unwrap_or(u32::MAX);
        let are_few =
            by_group.iter().filter(|(group, _)| group.is_some()).map(|(_, of)| of.len()).sum::<usize>() <= FEW;
        let (mut ungrouped, mut compared, mut groups) = (0..0, 0..0, Vec::new());
        for (group, mut entries) in by_group {
            let start = end(self);
            self.marks.resize(self.marks.len() + entries.len(), group.map_or(0, mark));
            self.entries.append(&mut entries);
            let added = start..end(self);
            match group {
                None => ungrouped = added,
                Some(_) if are_few && compared.is_empty() => compared = added,
                Some(_) if are_few => compared.end = added.end,
                Some(group) => groups.push((group, added)),
            }
        }
        Bucket { ungrouped, compared, groups: GroupTable::new(&groups) }
    }

    /// Calls `visit` with every policy whose scope admits the request, each once, in no particular order.
    #[inline]
    pub(crate) fn select(
        &self,
        principal: Party<'_>,
        action: Action,
        resource: Party<'_>,
        visit: &mut impl FnMut(Candidate),
    ) {
        let groups = Groups::of(principal);
        let of = |range: &Range<u32>| part(&self.entries, range);
        let admits = |entry: &Entry| {
            entry.actions.contains(action)
                && groups.admit(entry.principal)
                && entry.resource.is_none_or(|kind| kind == resource.handle.kind())
        };
        for bucket in keys(resource).filter_map(|key| self.buckets.get(&key)) {
            of(&bucket.ungrouped).iter().filter(|entry| admits(entry)).for_each(|entry| visit(entry.candidate));
            // Which of them are worth a look is told for all before the first is looked at, and which are in scope for all
            // before the first is visited: a branch for each would often be foreseen wrongly, and memory answers together
            // what is asked together.
            let compared = of(&bucket.compared);
            let worth = groups.sketched(part(&self.marks, &bucket.compared));
            let in_scope = |place: u32| compared.get(place as usize).is_some_and(&admits);
            let admitted =
                places(worth).fold(0, |admitted, place| admitted | u64::from(in_scope(place)) << (place & 63));
            for entry in places(admitted).filter_map(|place| compared.get(place as usize)) {
                visit(entry.candidate);
            }
            if bucket.groups.is_empty() {
                continue;
            }
            for group in [&principal.handle].into_iter().chain(principal.ancestors) {
                if let Some(range) = bucket.groups.find(*group) {
                    of(range).iter().filter(|entry| admits(entry)).for_each(|entry| visit(entry.candidate));
                }
            }
        }
    }
}

/// An entity with a sketch of what it is in, which tells of most groups at once that it is not in them.
struct Groups<'a> {
    party: Party<'a>,
    sketch: [u8; 256],
}

impl<'a> Groups<'a> {
    fn of(party: Party<'a>) -> Self {
        let mut sketch = [0; 256];
        for handle in party.ancestors.iter().chain([&party.handle]) {
            if let Some(place) = sketch.get_mut(usize::from(mark(*handle))) {
                *place = 1;
            }
        }
        Self { party, sketch }
    }

    /// Which of at most [`FEW`] marks show in the sketch, as bits, that of the first lowest.
    #[inline]
    fn sketched(&self, marks: &[u8]) -> u64 {
        let shows = |mark: &u8| self.sketch.get(usize::from(*mark)).copied().unwrap_or(0);
        marks.iter().rev().fold(0, |bits, mark| bits << 1 | u64::from(shows(mark)))
    }

    /// Whether a side of a scope admits the entity.
    #[inline]
    fn admit(&self, side: Side) -> bool {
        side.admits(self.party.handle, self.party.ancestors)
    }
}

/// The place of an entity in a sketch.
#[inline]
const fn mark(handle: Handle) -> u8 {
    handle.index().to_le_bytes()[0]
}

/// The places of the bits that are set, the lowest first.
fn places(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits.wrapping_sub(1);
        Some(place)
    })
}

/// A part of the entries, or of what is told of each.
#[inline]
fn part<'a, T>(of: &'a [T], range: &Range<u32>) -> &'a [T] {
    of.get(range.start as usize..range.end as usize).unwrap_or(&[])
}

/// The group that one side of a scope names.
#[inline]
fn group(side: Side) -> Option<Handle> {
    match side {
        Side::In(group) | Side::IsIn(_, group) => Some(group),
        Side::Any | Side::Is(_) | Side::Equal(_) => None,
    }
}

const ANY: Key = 0;
const IS: Key = 1 << 32;
const EQUAL: Key = 2 << 32;
const IN: Key = 3 << 32;

/// The key of one side of a scope, and the type that is still to be compared.
fn key(side: Side) -> (Key, Option<EntityType>) {
    match side {
        Side::Any => (ANY, None),
        Side::Is(kind) => (IS | kind as Key, None),
        Side::Equal(handle) => (EQUAL | number(handle), None),
        Side::In(group) => (IN | number(group), None),
        Side::IsIn(kind, group) => (IN | number(group), Some(kind)),
    }
}

/// Every key whose scope admits a resource.
fn keys(party: Party<'_>) -> impl Iterator<Item = Key> {
    let own = number(party.handle);
    [ANY, IS | party.handle.kind() as Key, EQUAL | own, IN | own]
        .into_iter()
        .chain(party.ancestors.iter().map(|ancestor| IN | number(*ancestor)))
}

/// A number in the order of handles.
const fn number(handle: Handle) -> Key {
    ((handle.kind() as Key) << 28) | handle.index() as Key
}

/// A fixed hash for keys, which are numbers that nobody outside chooses freely.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;
    use proptest::prelude::*;
    use sekisho_model::facts::Interner;

    const GROUPS: usize = 120;

    fn side(kind: EntityType, one: Handle, groups: &[Handle], (form, group): (u8, usize)) -> Side {
        match form {
            0 => Side::Any,
            1 => Side::Is(kind),
            2 => Side::Equal(one),
            3 => Side::IsIn(kind, groups[group % groups.len()]),
            _ => Side::In(groups[group % groups.len()]),
        }
    }

    proptest! {
        /// With few policies in a bucket and with many, what is selected is what comparing every scope finds.
        #[test]
        fn exactly_what_is_in_scope_is_selected(
            forms in proptest::collection::vec(((0_u8..12, 0..GROUPS), (0_u8..6, 0_usize..3)), 1..400),
            member in proptest::collection::btree_set(0..GROUPS, 0..20),
            classified in proptest::collection::btree_set(0_usize..3, 0..3),
        ) {
            let interner = Interner::new();
            let name = |kind, n: usize| interner.intern(kind, &n.to_string()).expect("room");
            let groups: Vec<Handle> = (0..GROUPS).map(|n| name(EntityType::Group, n)).collect();
            let categories: Vec<Handle> = (0..3).map(|n| name(EntityType::Category, n)).collect();
            let (user, resource) = (name(EntityType::User, 0), name(EntityType::Resource, 0));
            let policies: Vec<Compiled> = forms.into_iter().map(|(principal, of)| Compiled {
                scope: Scope {
                    principal: side(EntityType::User, user, &groups, principal),
                    actions: Actions::ALL,
                    resource: side(EntityType::Resource, resource, &categories, of),
                },
                condition: Condition { start: 0, count: 0 },
                effect: Effect::Permit,
                report_only: false,
            }).collect();
            let ancestors: Vec<Handle> = member.into_iter().map(|n| groups[n]).collect();
            let within: Vec<Handle> = classified.into_iter().map(|n| categories[n]).collect();
            let mut selected = Vec::new();
            Index::new(&policies).select(
                Party { handle: user, ancestors: &ancestors },
                Action::Read,
                Party { handle: resource, ancestors: &within },
                &mut |candidate| selected.push(candidate.place),
            );
            selected.sort_unstable();
            let in_scope = (0..).zip(&policies).filter(|(_, policy)| {
                policy.scope.principal.admits(user, &ancestors) && policy.scope.resource.admits(resource, &within)
            });
            prop_assert_eq!(selected, in_scope.map(|(place, _)| place).collect::<Vec<u32>>());
        }
    }
}
