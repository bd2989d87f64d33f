//! What was changed since the last publication.

use std::collections::BTreeSet;

use sekisho_model::SessionId;
use sekisho_model::facts::Handle;

use crate::Scope;

/// More changes than this are told as "everything": looking them all up would cost more than deciding again.
const MOST: usize = 4096;

/// The changes gathered for the next publication.
#[derive(Debug, Clone, Default)]
pub(super) struct Changed {
    everything: bool,
    entities: BTreeSet<Handle>,
    sessions: BTreeSet<SessionId>,
}

impl Changed {
    pub(super) fn everything(&mut self) {
        self.everything = true;
        self.entities.clear();
        self.sessions.clear();
    }

    pub(super) fn entity(&mut self, handle: Handle) {
        if !self.everything {
            self.entities.insert(handle);
            self.bound();
        }
    }

    pub(super) fn session(&mut self, id: SessionId) {
        if !self.everything {
            self.sessions.insert(id);
            self.bound();
        }
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = Handle> {
        self.entities.iter().copied()
    }

    pub(super) fn take(&mut self) -> Scope {
        let Self { everything, entities, sessions } = std::mem::take(self);
        if everything {
            return Scope::Everything;
        }
        Scope::Only { entities: entities.into_iter().collect(), sessions: sessions.into_iter().collect() }
    }

    fn bound(&mut self) {
        if self.entities.len().saturating_add(self.sessions.len()) > MOST {
            self.everything();
        }
    }
}
