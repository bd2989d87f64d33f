//! What a publication changed, so that an observer of decisions re-decides only those that it can affect.

use std::sync::Arc;

use sekisho_model::facts::Handle;
use sekisho_model::{SessionId, Timestamp};

use crate::World;

/// What one publication changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The publication's number: one more than the one before it.
    pub number: u64,
    /// When it was published.
    pub at: Timestamp,
    /// What it changed.
    pub scope: Scope,
}

/// Which decisions a change can affect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Any: policies, settings, networks, or something that policies name.
    Everything,
    /// Those that read one of these, each list in order and without repetition.
    Only {
        /// The users, devices and resources whose facts, signals or grants changed.
        entities: Vec<Handle>,
        /// The sessions that began, changed or ended.
        sessions: Vec<SessionId>,
    },
}

/// What changed since an earlier World.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Nothing: it is the same publication.
    Nothing,
    /// Anything may have.
    Everything {
        /// When the earliest of these changes was published, as far as is known.
        since: Timestamp,
    },
    /// What these publications say.
    Publications(Vec<Arc<Publication>>),
}

impl World {
    /// What changed since an earlier World of the same builder, by that World's [`World::publication`].
    #[must_use]
    pub fn touched_since(&self, publication: u64) -> Touched {
        if publication == self.publication() {
            return Touched::Nothing;
        }
        let unseen: Vec<_> = self.recent().filter(|entry| entry.number > publication).cloned().collect();
        let since = unseen.first().map_or(self.published_at(), |entry| entry.at);
        let complete = unseen.first().is_some_and(|first| first.number == publication.saturating_add(1));
        if !complete || unseen.iter().any(|entry| entry.scope == Scope::Everything) {
            return Touched::Everything { since };
        }
        Touched::Publications(unseen)
    }
}
