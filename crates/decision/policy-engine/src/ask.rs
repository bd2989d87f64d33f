//! Every policy that can speak about a request, evaluated: which are satisfied, which fail, what was read.

use sekisho_policy_language::{Effect, Party, Policies};
use smallvec::SmallVec;

use crate::evaluate::{Evaluator, Question};
use crate::every_reading::{Under, Variant};
use crate::reads::Reads;

/// Places of policies in their set, in order.
pub(crate) type Places = SmallVec<[u32; 6]>;

/// What the policies say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The satisfied permits.
    pub permits: Places,
    /// The satisfied forbids.
    pub forbids: Places,
    /// The policies that failed to evaluate.
    pub errors: Places,
    /// The report-only policies that would change what the answer comes to.
    pub report_only: Places,
    /// What was read.
    pub reads: Reads,
    /// What of the request it is about.
    pub under: Under,
}

impl Answer {
    /// The answer where no policy was asked.
    pub(crate) fn none() -> Self {
        Found::default().into_answer(Reads::none())
    }

    /// The answer of a permitted request with that of another variant, which counts where it is no permit.
    pub(crate) fn and(self, other: Self, variant: Option<&Variant>) -> Self {
        let reads = self.reads.and(&other.reads);
        if !other.is_permit() {
            let under = match (other.under, variant) {
                (Under::Itself, Some(variant)) => Under::Variant(Box::new(variant.clone())),
                (under, _) => under,
            };
            return Self { reads, under, ..other };
        }
        let both = |mut places: Places, more: &Places| {
            places.extend(more.iter().copied().filter(|place| !places.contains(place)).collect::<Places>());
            places.sort_unstable();
            places
        };
        let permits = both(self.permits, &other.permits);
        Self { permits, report_only: both(self.report_only, &other.report_only), reads, ..other }
    }

    /// Whether the request is permitted.
    pub(crate) fn is_permit(&self) -> bool {
        // INVARIANT I-4: one policy that fails to evaluate is enough for a denial.
        let sound = self.errors.is_empty();
        // INVARIANT I-3: one satisfied forbid is enough for a denial.
        let free = self.forbids.is_empty();
        // INVARIANT I-2: nothing permits unless a permit is satisfied.
        let permitted = !self.permits.is_empty();
        sound && free && permitted
    }
}

/// Asks the policies.
pub(crate) fn ask<'a>(policies: &'a Policies, question: Question<'a>) -> Answer {
    let principal = Party { handle: question.principal, ancestors: question.parties.principal_in };
    let resource = Party { handle: question.resource, ancestors: question.parties.resource_in };
    // All are found before the first is evaluated, and the first term of each is fetched with it: memory answers these
    // look-ups together, where an evaluation between them would wait for each.
    let mut evaluator = Evaluator::new(policies.program(), question);
    let mut found = Found::default();
    policies.select(principal, question.action, resource, |candidate| {
        let holds = evaluator.all(policies.program().terms(candidate.condition));
        let list = match (candidate.report_only, holds, candidate.effect) {
            (_, Ok(false), _) => return,
            (false, Ok(true), Effect::Permit) => &mut found.permits,
            (false, Ok(true), Effect::Forbid) => &mut found.forbids,
            (false, Err(_), _) => &mut found.errors,
            (true, Ok(true), Effect::Permit) => &mut found.would_permit,
            (true, _, _) => &mut found.would_deny,
        };
        list.push(candidate.place);
    });
    found.into_answer(evaluator.reads)
}

#[derive(Default)]
struct Found {
    permits: Places,
    forbids: Places,
    errors: Places,
    would_permit: Places,
    would_deny: Places,
}

impl Found {
    fn into_answer(self, reads: Reads) -> Answer {
        let Self { mut permits, mut forbids, mut errors, would_permit, would_deny } = self;
        permits.sort_unstable();
        forbids.sort_unstable();
        errors.sort_unstable();
        let mut answer = Answer { permits, forbids, errors, report_only: Places::new(), reads, under: Under::Itself };
        answer.report_only = if answer.is_permit() {
            would_deny
        } else if answer.forbids.is_empty() && answer.errors.is_empty() {
            would_permit
        } else {
            Places::new()
        };
        answer.report_only.sort_unstable();
        answer
    }
}
