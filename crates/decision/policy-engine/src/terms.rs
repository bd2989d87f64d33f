//! What the terms of conditions came to, within one evaluation. Policies say the same things again and again, and equal
//! expressions are one node of the program, so a term that thirty candidates share is evaluated once.

use sekisho_policy_language::node::NodeId;

use crate::evaluate::Fault;

/// How many terms are kept. Each has one place, which a later term with the same place takes over.
const PLACES: usize = 64;

/// The outcomes of terms by their node. A term reads the same facts each time it is evaluated for one question, so its
/// outcome is the same, and what it read is noted already.
///
/// A place holds the node's number and one, shifted, with the outcome below it; zero is nothing. It is made for every
/// question, so it is small.
pub(crate) struct Terms([u32; PLACES]);

type Outcome = Result<bool, Fault>;

/// The outcomes by their codes.
const OUTCOMES: [Outcome; 6] =
    [Ok(false), Ok(true), Err(Fault::Missing), Err(Fault::Type), Err(Fault::Overflow), Err(Fault::Program)];

impl Terms {
    pub(crate) const fn new() -> Self {
        Self([0; PLACES])
    }

    /// What the term came to, if it is kept.
    #[inline]
    pub(crate) fn get(&self, term: NodeId) -> Option<Outcome> {
        let kept = *self.0.get(place(term))?;
        // What is kept begins with the number, or the place is another term's.
        let code = kept.wrapping_sub(first(term)?);
        OUTCOMES.get(code as usize).copied()
    }

    #[inline]
    pub(crate) fn keep(&mut self, term: NodeId, outcome: Outcome) {
        let code = match outcome {
            Ok(false) => 0,
            Ok(true) => 1,
            Err(Fault::Missing) => 2,
            Err(Fault::Type) => 3,
            Err(Fault::Overflow) => 4,
            Err(Fault::Program) => 5,
        };
        if let (Some(slot), Some(first)) = (self.0.get_mut(place(term)), first(term)) {
            *slot = first | code;
        }
    }
}

/// What a place holds of a term, without the outcome; `None` for a number too large to be kept.
#[inline]
const fn first(term: NodeId) -> Option<u32> {
    if term < (1 << 29) - 1 { Some((term + 1) << 3) } else { None }
}

#[inline]
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
        terms.keep(NodeId::MAX, Ok(true));
        assert_eq!(terms.get(NodeId::MAX), None);
    }

    #[test]
    fn every_outcome_comes_back() {
        for term in [0, 63, (1 << 29) - 2] {
            for outcome in OUTCOMES {
                let mut terms = Terms::new();
                assert_eq!(terms.get(term), None);
                terms.keep(term, outcome);
                assert_eq!(terms.get(term), Some(outcome));
            }
        }
    }
}
