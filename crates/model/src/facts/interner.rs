//! Names to handles and back. Append-only and shared by every snapshot, so a handle means the same entity for ever.

use arcstr::ArcStr;
use papaya::HashMap;

use super::{EntityType, Handle};

/// The two-way table of entity uids. Interning the same uid again gives the same handle.
///
/// It only grows: whether an entity *exists* is a question to a [`super::FactBase`], not to the interner, so policies
/// may name entities that are not there yet.
#[derive(Debug, Default)]
pub struct Interner {
    handles: [HashMap<ArcStr, Handle>; 7],
    names: boxcar::Vec<ArcStr>,
}

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

    /// As [`Interner::intern`], sharing a string that is already there.
    ///
    /// # Errors
    /// [`TooManyEntities`] when the table is full.
    pub fn intern_shared(&self, kind: EntityType, name: &ArcStr) -> Result<Handle, TooManyEntities> {
        match self.lookup(kind, name) {
            Some(handle) => Ok(handle),
            None => self.intern_new(kind, name.clone()),
        }
    }

    /// The handle of a uid that has been named before.
    pub fn lookup(&self, kind: EntityType, name: &str) -> Option<Handle> {
        self.table(kind)?.pin().get(name).copied()
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
        let index = u32::try_from(self.names.push(name.clone())).map_err(|_| TooManyEntities)?;
        let handle = Handle::new(kind, index).ok_or(TooManyEntities)?;
        let table = self.table(kind).ok_or(TooManyEntities)?;
        // Two threads may race here; the loser's number stays unused and both get the winner's handle.
        Ok(*table.pin().get_or_insert(name, handle))
    }

    fn table(&self, kind: EntityType) -> Option<&HashMap<ArcStr, Handle>> {
        self.handles.get(kind as usize)
    }
}
