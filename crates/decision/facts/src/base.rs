//! Every entity at one revision.

use std::sync::Arc;

use super::{Entity, EntityType, Handle, Interner, Radix};

/// An immutable-by-sharing table of entities: a clone is a snapshot, and later changes to the original do not reach it.
#[derive(Debug, Clone, Default)]
pub struct FactBase {
    interner: Arc<Interner>,
    entities: Radix<Entity>,
}

impl FactBase {
    /// An empty table over an interner.
    #[must_use]
    pub fn new(interner: Arc<Interner>) -> Self {
        Self { interner, entities: Radix::default() }
    }

    /// The names behind the handles.
    #[must_use]
    pub fn interner(&self) -> &Arc<Interner> {
        &self.interner
    }

    /// The entity behind a handle, if it exists at this revision.
    #[inline]
    #[must_use]
    pub fn get(&self, handle: Handle) -> Option<&Entity> {
        self.entities.get(handle.index())
    }

    /// The handle of an existing entity by type and name.
    #[must_use]
    pub fn find(&self, kind: EntityType, name: &str) -> Option<Handle> {
        self.interner.lookup(kind, name).filter(|handle| self.get(*handle).is_some())
    }

    /// Puts an entity and returns the one it replaces.
    pub fn insert(&mut self, handle: Handle, entity: Entity) -> Option<Entity> {
        debug_assert_eq!(handle.kind(), entity.kind(), "a handle names one type");
        self.entities.set(handle.index(), Some(entity))
    }

    /// Removes an entity and returns it.
    pub fn remove(&mut self, handle: Handle) -> Option<Entity> {
        self.entities.set(handle.index(), None)
    }

    /// How many entities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Every entity by its number in the interner, in order.
    pub fn entities(&self) -> impl Iterator<Item = (usize, &Entity)> {
        self.entities.iter()
    }

    /// Every entity of a type with its handle, in order of number.
    pub fn of_type(&self, kind: EntityType) -> impl Iterator<Item = (Handle, &Entity)> {
        let of_kind = self.entities.iter().filter(move |(_, entity)| entity.kind() == kind);
        of_kind.filter_map(move |(index, entity)| Some((Handle::new(kind, u32::try_from(index).ok()?)?, entity)))
    }
}
