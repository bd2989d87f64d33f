//! Publication: everything that is better done once per snapshot than once per change, then the snapshot.

use std::sync::Arc;

use sekisho_model::Timestamp;

use super::WorldBuilder;
use crate::{Publication, World};

/// How many publications a World remembers. Whoever has seen none of them re-decides everything.
const REMEMBERED: usize = 64;

impl WorldBuilder {
    /// The snapshot of everything folded so far. Publish every second also when nothing changed: signals and
    /// assessments end by time alone, and the facts that follow from them follow at the next publication.
    pub fn publish(&mut self, now: Timestamp) -> Arc<World> {
        self.load_policies();
        self.regroup_members();
        self.assess(now);
        self.weigh_entities(now);
        let interner = self.view.facts.interner();
        if self.changed.entities().any(|entity| self.mentions.contain(&interner.name(entity))) {
            self.changed.everything();
        }
        self.publication = self.publication.saturating_add(1);
        let publication = Publication { number: self.publication, at: now, scope: self.changed.take() };
        self.recent.push_back(Arc::new(publication));
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        Arc::new(World {
            revision: self.revision,
            publication: self.publication,
            published_at: now,
            recent: self.recent.clone(),
            view: self.view.clone(),
        })
    }
}
