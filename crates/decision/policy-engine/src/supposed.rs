//! What is supposed besides the request: groups that its subject is in or not in, and another time.

use sekisho_model::Timestamp;
use sekisho_model::facts::{Entity, EntityParts, Handle};

use crate::case::Case;
use crate::evaluate::Parties;

/// What is supposed besides the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposed {
    /// Groups that the subject is supposed to be in, and through them in what these are in.
    pub joined: Vec<Handle>,
    /// Groups that the subject is supposed not to be in, and so in none that is in one of these. What these are in stays.
    pub left: Vec<Handle>,
    /// The time by the clock. Everything stays as old as it is: sessions, sign-ins and reports.
    pub at: Option<Timestamp>,
}

impl Supposed {
    /// The subject with these groups; `None` where nothing is supposed, or there is no such subject.
    pub(crate) fn principal(&self, case: &Case<'_>) -> Option<Entity> {
        if self.joined.is_empty() && self.left.is_empty() {
            return None;
        }
        let (subject, facts) = (case.parties.principal?, case.world.facts());
        let above = |group: &Handle| facts.get(*group).map_or(&[][..], |group| group.ancestors());
        let leaves =
            |group: &Handle| self.left.contains(group) || self.left.iter().any(|left| above(group).contains(left));
        let stays = subject.ancestors().iter().filter(|group| !leaves(group));
        let joined = self.joined.iter().flat_map(|group| std::iter::once(group).chain(above(group)));
        let parts = EntityParts {
            ancestors: stays.chain(joined).copied().collect(),
            attributes: subject.attributes().map(|(slot, fact)| (slot, fact.clone())).collect(),
            tags: subject.tags().to_vec(),
        };
        Some(Entity::new(subject.kind(), parts))
    }
}

impl<'a> Case<'a> {
    /// Takes the time, and the subject where there is another one, as they are supposed to be.
    pub(crate) fn suppose(&mut self, supposed: &Supposed, principal: Option<&'a Entity>) {
        self.supposed_at = supposed.at;
        if let Some(principal) = principal {
            self.parties = Parties { principal: Some(principal), principal_in: principal.ancestors(), ..self.parties };
        }
    }
}
