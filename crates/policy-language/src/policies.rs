//! A loaded policy set.

use sekisho_model::PolicyId;
use sekisho_model::facts::Interner;

use crate::{PolicyMeta, PolicyProblem, PolicyText};

/// A validated policy set, ready to evaluate. Immutable; shared as `Arc<Policies>`.
#[derive(Debug, Default)]
pub struct Policies {
    metas: Vec<PolicyMeta>,
}

impl Policies {
    /// No policy: nothing is permitted.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Loads a set. Entities that policies name are interned; they need not exist.
    ///
    /// # Errors
    /// Every problem that was found. A set with a problem is refused whole.
    pub fn load(texts: &[PolicyText], interner: &Interner) -> Result<Self, Vec<PolicyProblem>> {
        let _ = (texts, interner);
        Ok(Self::default())
    }

    /// Every policy, in order of file and place.
    #[must_use]
    pub fn metas(&self) -> &[PolicyMeta] {
        &self.metas
    }

    /// The policy with that identifier.
    #[must_use]
    pub fn meta(&self, id: &PolicyId) -> Option<&PolicyMeta> {
        self.metas.iter().find(|meta| meta.id == *id)
    }

    /// How many policies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.metas.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.metas.is_empty()
    }
}
