//! Which policies can speak about a request: found by principal and resource, never by scanning the set.
//!
//! The scope of a policy cannot fail to evaluate, so leaving out what is out of scope never hides an error.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use sekisho_model::Action;
use sekisho_model::facts::{EntityType, Handle};

use crate::scope::{Actions, Scope, Side};

/// An entity with everything that it is in, in order.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The entity.
    pub handle: Handle,
    /// Its ancestors in order, itself left out.
    pub ancestors: &'a [Handle],
}

/// The policies of a set by the scope of their resource, then by that of their principal.
#[derive(Debug, Default)]
pub(crate) struct Index(HashMap<Key, Bucket, BuildHasherDefault<KeyHasher>>);

/// With more keys than this in one bucket, looking up the principal's is cheaper than comparing each.
const FEW: usize = 24;

type Key = u64;

#[derive(Debug, Default)]
struct Bucket {
    /// Principal keys, each with the policies that have it.
    keys: Vec<(Key, Vec<Entry>)>,
    /// The places of `keys`, when there are many.
    places: HashMap<Key, usize, BuildHasherDefault<KeyHasher>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    policy: u32,
    actions: Actions,
    principal: Option<EntityType>,
    resource: Option<EntityType>,
}

impl Index {
    /// The index of policies by their scopes; the numbers are places in the slice.
    pub(crate) fn new(scopes: impl Iterator<Item = (u32, Scope)>) -> Self {
        let mut index = Self::default();
        for (policy, scope) in scopes {
            let (resource_key, resource) = key(scope.resource);
            let (principal_key, principal) = key(scope.principal);
            let bucket = index.0.entry(resource_key).or_default();
            let place = *bucket.places.entry(principal_key).or_insert_with(|| {
                bucket.keys.push((principal_key, Vec::new()));
                bucket.keys.len() - 1
            });
            if let Some((_, entries)) = bucket.keys.get_mut(place) {
                entries.push(Entry { policy, actions: scope.actions, principal, resource });
            }
        }
        index
    }

    /// Calls `visit` with every policy whose scope admits the request, each once, in no particular order.
    pub(crate) fn select(
        &self,
        principal: Party<'_>,
        action: Action,
        resource: Party<'_>,
        visit: &mut impl FnMut(u32),
    ) {
        for resource_key in keys(resource) {
            let Some(bucket) = self.0.get(&resource_key) else { continue };
            let mut offer = |entries: &[Entry]| {
                for entry in entries {
                    if entry.actions.contains(action)
                        && entry.principal.is_none_or(|kind| kind == principal.handle.kind())
                        && entry.resource.is_none_or(|kind| kind == resource.handle.kind())
                    {
                        visit(entry.policy);
                    }
                }
            };
            if bucket.keys.len() <= FEW {
                for (key, entries) in &bucket.keys {
                    if admits(*key, principal) {
                        offer(entries);
                    }
                }
            } else {
                for key in keys(principal) {
                    if let Some((_, entries)) = bucket.places.get(&key).and_then(|place| bucket.keys.get(*place)) {
                        offer(entries);
                    }
                }
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
