//! Names to handles and back. Append-only and shared by every snapshot, so a handle means the same entity for ever.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwap;
use arcstr::ArcStr;

use super::{EntityType, Handle};

/// The two-way table of entity uids. Interning the same uid again gives the same handle.
///
/// It only grows: whether an entity *exists* is a question to a [`super::FactBase`], not to the interner, so policies
/// may name entities that are not there yet. A name costs its string and about 24 bytes; look-ups take no lock.
#[derive(Debug)]
pub struct Interner {
    names: boxcar::Vec<ArcStr>,
    table: ArcSwap<Table>,
    /// Held while a name is added: how many there are.
    adding: Mutex<usize>,
}

/// Handles by the hash of their uid, with linear probing. At most half full, so that a search ends soon.
#[derive(Debug)]
struct Table(Box<[AtomicU32]>);

/// A slot without a handle. No handle looks so: there are fewer types.
const EMPTY: u32 = u32::MAX;

/// More than [`Handle::CAPACITY`] entities were named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} entities were named", Handle::CAPACITY)]
pub struct TooManyEntities;

impl Interner {
    /// An empty interner.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The handle of a uid, made if it is new.
    ///
    /// # Errors
    /// [`TooManyEntities`] when the table is full.
    pub fn intern(&self, kind: EntityType, name: &str) -> Result<Handle, TooManyEntities> {
        match self.lookup(kind, name) {
            Some(handle) => Ok(handle),
            None => self.intern_new(kind, ArcStr::from(name)),
        }
    }

    /// The handle of a uid that has been named before.
    pub fn lookup(&self, kind: EntityType, name: &str) -> Option<Handle> {
        self.table.load().find(&self.names, kind, name)
    }

    /// The name behind a handle; empty for a handle of another interner.
    #[must_use]
    pub fn name(&self, handle: Handle) -> ArcStr {
        self.names.get(handle.index()).cloned().unwrap_or_default()
    }

    /// How many uids have been named.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.count()
    }

    /// Whether nothing has been named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn intern_new(&self, kind: EntityType, name: ArcStr) -> Result<Handle, TooManyEntities> {
        let mut count = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table = self.table.load_full();
        // Somebody else may have named it while this thread waited.
        if let Some(handle) = table.find(&self.names, kind, &name) {
            return Ok(handle);
        }
        if *count >= table.0.len() / 2 {
            table = table.doubled(&self.names).into();
            self.table.store(table.clone());
        }
        let hash = hash(kind, &name);
        let index = u32::try_from(self.names.push(name)).map_err(|_| TooManyEntities)?;
        let handle = Handle::new(kind, index).ok_or(TooManyEntities)?;
        table.put(hash, handle);
        *count += 1;
        Ok(handle)
    }
}

impl Default for Interner {
    fn default() -> Self {
        let table = ArcSwap::from_pointee(Table::empty(64));
        Self { names: boxcar::Vec::new(), table, adding: Mutex::new(0) }
    }
}

impl Table {
    fn empty(slots: usize) -> Self {
        Self((0..slots).map(|_| AtomicU32::new(EMPTY)).collect())
    }

    fn find(&self, names: &boxcar::Vec<ArcStr>, kind: EntityType, name: &str) -> Option<Handle> {
        let handles = self.from(hash(kind, name)).map(|slot| slot.load(Ordering::Acquire));
        let handles = handles.take_while(|raw| *raw != EMPTY).map(Handle::from_raw);
        handles.into_iter().find(|handle| {
            handle.kind() == kind && names.get(handle.index()).is_some_and(|other| other.as_str() == name)
        })
    }

    fn put(&self, hash: u64, handle: Handle) {
        let free = self.from(hash).find(|slot| slot.load(Ordering::Relaxed) == EMPTY);
        if let Some(slot) = free {
            // The name was written before, so a reader of the handle sees the name.
            slot.store(handle.raw(), Ordering::Release);
        }
    }

    fn doubled(&self, names: &boxcar::Vec<ArcStr>) -> Self {
        let doubled = Self::empty(self.0.len().saturating_mul(2));
        for raw in self.0.iter().map(|slot| slot.load(Ordering::Relaxed)).filter(|raw| *raw != EMPTY) {
            let handle = Handle::from_raw(raw);
            if let Some(name) = names.get(handle.index()) {
                doubled.put(hash(handle.kind(), name), handle);
            }
        }
        doubled
    }

    /// Every slot, from the one that belongs to a hash around to the one before it.
    fn from(&self, hash: u64) -> impl Iterator<Item = &AtomicU32> {
        let start = usize::try_from(hash % self.0.len().max(1) as u64).unwrap_or(0);
        let (before, after) = self.0.split_at_checked(start).unwrap_or_default();
        after.iter().chain(before)
    }
}

/// The same for every process: the order of nothing depends on it.
fn hash(kind: EntityType, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind as u8, name).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_handle_per_type_however_many_there_are() {
        let interner = Interner::new();
        let mut handles = Vec::new();
        for n in 0..5_000 {
            for kind in [EntityType::User, EntityType::Device] {
                assert_eq!(interner.lookup(kind, &n.to_string()), None);
                handles.push((kind, n.to_string(), interner.intern(kind, &n.to_string()).expect("room")));
            }
        }
        for (kind, name, handle) in &handles {
            assert_eq!(interner.lookup(*kind, name), Some(*handle));
            assert_eq!(interner.intern(*kind, name), Ok(*handle));
            assert_eq!((interner.name(*handle).as_str(), handle.kind()), (name.as_str(), *kind));
        }
        assert_eq!((interner.len(), interner.lookup(EntityType::Group, "1")), (10_000, None));
    }

    #[test]
    fn threads_that_name_the_same_get_the_same() {
        let interner = Interner::new();
        let name = |n: u32| interner.intern(EntityType::User, &n.to_string()).expect("room");
        let all: Vec<Vec<Handle>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..2_000).map(name).collect())).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(interner.len(), 2_000);
    }
}
