//! Which streams a change can affect, and which are due.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_model::facts::Handle;
use sekisho_model::{SessionId, Timestamp};
use sekisho_policy_information::{Publication, Scope};

/// The streams by session, by each entity they read, and by when they are due. A stream is its place in the registry.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_session: BTreeSet<(SessionId, usize)>,
    by_entity: BTreeSet<(Handle, usize)>,
    by_due: BTreeSet<(Timestamp, usize)>,
}

/// How an indexed stream stands in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) session: SessionId,
    pub(crate) reads: Vec<Handle>,
    pub(crate) due: Timestamp,
}

impl Index {
    pub(crate) fn insert(&mut self, stream: usize, listing: &Listing) {
        self.by_session.insert((listing.session, stream));
        self.by_entity.extend(listing.reads.iter().map(|entity| (*entity, stream)));
        self.by_due.insert((listing.due, stream));
    }

    pub(crate) fn remove(&mut self, stream: usize, listing: &Listing) {
        self.by_session.remove(&(listing.session, stream));
        for entity in &listing.reads {
            self.by_entity.remove(&(*entity, stream));
        }
        self.by_due.remove(&(listing.due, stream));
    }

    /// Changes a listing where it differs: mostly only when it is due.
    pub(crate) fn replace(&mut self, stream: usize, old: &Listing, new: &Listing) {
        if (old.session, &old.reads) == (new.session, &new.reads) {
            self.by_due.remove(&(old.due, stream));
            self.by_due.insert((new.due, stream));
        } else {
            self.remove(stream, old);
            self.insert(stream, new);
        }
    }

    pub(crate) fn affected(&self, publications: &[Arc<Publication>]) -> BTreeSet<usize> {
        let mut affected = BTreeSet::new();
        for publication in publications {
            let Scope::Only { entities, sessions } = &publication.scope else { continue };
            for entity in entities {
                affected.extend(self.by_entity.range((*entity, 0)..=(*entity, usize::MAX)).map(|(_, stream)| *stream));
            }
            for session in sessions {
                affected
                    .extend(self.by_session.range((*session, 0)..=(*session, usize::MAX)).map(|(_, stream)| *stream));
            }
        }
        affected
    }

    pub(crate) fn due(&self, now: Timestamp) -> impl Iterator<Item = usize> {
        self.by_due.range(..=(now, usize::MAX)).map(|(_, stream)| *stream)
    }
}

/// Whether publications concern a stream of this session that reads these entities.
pub(crate) fn concerns(publications: &[Arc<Publication>], session: &SessionId, reads: &[Handle]) -> bool {
    publications.iter().any(|publication| match &publication.scope {
        Scope::Everything => true,
        Scope::Only { entities, sessions } => {
            sessions.binary_search(session).is_ok() || reads.iter().any(|read| entities.binary_search(read).is_ok())
        }
    })
}
