//! Which policies can speak about a request: found by principal and resource, never by scanning the set.
//!
//! The scope of a policy cannot fail to evaluate, so leaving out what is out of scope never hides an error.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use sekisho_model::Action;
use sekisho_model::facts::{EntityType, Handle};

use crate::Effect;
use crate::node::NodeId;
use crate::policies::Compiled;
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
    /// Where its condition begins in the program.
    pub condition: NodeId,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// Whether it is only reported on.
    pub report_only: bool,
}

/// The policies of a set by the scope of their resource, then by that of their principal.
#[derive(Debug, Default)]
pub(crate) struct Index {
    buckets: HashMap<Key, Bucket, BuildHasherDefault<KeyHasher>>,
    /// Every policy, those of one bucket and one principal key side by side.
    entries: Vec<Entry>,
}

/// With more keys than this in one bucket, looking up the principal's is cheaper than comparing each.
const FEW: usize = 24;

type Key = u64;

/// The policies with one resource key.
#[derive(Debug, Default)]
struct Bucket {
    /// Principal keys, each with where its policies stand among the entries.
    keys: Vec<(Key, Range<usize>)>,
    /// The same by key, when there are many.
    places: HashMap<Key, Range<usize>, BuildHasherDefault<KeyHasher>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    candidate: Candidate,
    actions: Actions,
    principal: Option<EntityType>,
    resource: Option<EntityType>,
}

impl Index {
    /// The index of policies by their scopes.
    pub(crate) fn new(policies: &[Compiled]) -> Self {
        let mut sorted: BTreeMap<(Key, Key), Vec<Entry>> = BTreeMap::new();
        for (place, policy) in (0..).zip(policies) {
            let Compiled { scope, condition, effect, report_only } = *policy;
            let (resource_key, resource) = key(scope.resource);
            let (principal_key, principal) = key(scope.principal);
            let candidate = Candidate { place, condition, effect, report_only };
            let entry = Entry { candidate, actions: scope.actions, principal, resource };
            sorted.entry((resource_key, principal_key)).or_default().push(entry);
        }
        let mut index = Self::default();
        for ((resource_key, principal_key), mut entries) in sorted {
            let start = index.entries.len();
            index.entries.append(&mut entries);
            let bucket = index.buckets.entry(resource_key).or_default();
            bucket.keys.push((principal_key, start..index.entries.len()));
        }
        for bucket in index.buckets.values_mut().filter(|bucket| bucket.keys.len() > FEW) {
            bucket.places = bucket.keys.drain(..).collect();
        }
        index
    }

    /// Calls `visit` with every policy whose scope admits the request, each once, in no particular order.
    pub(crate) fn select(
        &self,
        principal: Party<'_>,
        action: Action,
        resource: Party<'_>,
        visit: &mut impl FnMut(Candidate),
    ) {
        let mut offer = |range: &Range<usize>| {
            for entry in self.entries.get(range.clone()).unwrap_or(&[]) {
                if entry.actions.contains(action)
                    && entry.principal.is_none_or(|kind| kind == principal.handle.kind())
                    && entry.resource.is_none_or(|kind| kind == resource.handle.kind())
                {
                    visit(entry.candidate);
                }
            }
        };
        for bucket in keys(resource).filter_map(|key| self.buckets.get(&key)) {
            // A bucket has either the one or the other.
            bucket.keys.iter().filter(|(key, _)| admits(*key, principal)).for_each(|(_, range)| offer(range));
            if !bucket.places.is_empty() {
                keys(principal).filter_map(|key| bucket.places.get(&key)).for_each(&mut offer);
            }
        }
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

/// Every key whose scope admits an entity.
fn keys(party: Party<'_>) -> impl Iterator<Item = Key> {
    let own = number(party.handle);
    [ANY, IS | party.handle.kind() as Key, EQUAL | own, IN | own]
        .into_iter()
        .chain(party.ancestors.iter().map(|ancestor| IN | number(*ancestor)))
}

/// Whether a key is among [`keys`] of an entity.
fn admits(key: Key, party: Party<'_>) -> bool {
    let (tag, value) = (key & !0xFFFF_FFFF, key & 0xFFFF_FFFF);
    match tag {
        IN => value == number(party.handle) || party.ancestors.binary_search_by_key(&value, |h| number(*h)).is_ok(),
        EQUAL => value == number(party.handle),
        IS => value == party.handle.kind() as Key,
        _ => true,
    }
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
