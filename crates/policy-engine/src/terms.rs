//! What the terms of conditions came to, within one evaluation. Policies say the same things again and again, and equal
//! expressions are one node of the program, so a term that thirty candidates share is evaluated once.

use sekisho_policy_language::node::NodeId;

use crate::evaluate::Fault;

/// How many terms are kept. Each has one place, which a later term with the same place takes over.
const PLACES: usize = 64;

/// The outcomes of terms by their node. A term reads the same facts each time it is evaluated for one question, so its
/// outcome is the same, and what it read is noted already.
pub(crate) struct Terms([Option<(NodeId, Outcome)>; PLACES]);

type Outcome = Result<bool, Fault>;

impl Terms {
    pub(crate) const fn new() -> Self {
        Self([None; PLACES])
    }

    /// What the term came to, if it is kept.
    #[inline]
    pub(crate) fn get(&self, term: NodeId) -> Option<Outcome> {
        let (kept, outcome) = (*self.0.get(place(term))?)?;
        (kept == term).then_some(outcome)
    }

    #[inline]
    pub(crate) fn keep(&mut self, term: NodeId, outcome: Outcome) {
        if let Some(slot) = self.0.get_mut(place(term)) {
            *slot = Some((term, outcome));
        }
    }
}

const fn place(term: NodeId) -> usize {
    term as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_never_taken_for_another() {
        let mut terms = Terms::new();
        terms.keep(3, Ok(true));
        assert_eq!((terms.get(3), terms.get(4), terms.get(67)), (Some(Ok(true)), None, None));
        terms.keep(67, Err(Fault::Missing));
        assert_eq!((terms.get(3), terms.get(67)), (None, Some(Err(Fault::Missing))));
    }
}
