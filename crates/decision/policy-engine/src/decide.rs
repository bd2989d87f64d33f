//! The deciding function: total, pure, and the only place where a [`Permit`] is made.
//!
//! Step 9 of the life of a request; next: `crates/evidence/ledger/src/thread.rs`.

use std::sync::Arc;

use sekisho_model::facts::ContextSlot;
use sekisho_model::{AccessRequest, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::{Obligation, Policies};

use crate::ask::Answer;
use crate::case::Case;
use crate::every_reading::ask_every;
use crate::{Challenge, Decision, Denial, Permit, Step, Verdict, reasons, remedies};

/// Decides a request: who asks, from what, for what, in which state, under which policies.
#[must_use]
pub fn decide(policies: &Arc<Policies>, world: &World, request: &AccessRequest, now: Timestamp) -> Decision {
    let case = Case::new(world, request, now);
    if let Some(reason) = case.ineligible() {
        let mut denial =
            Decision::new(Verdict::Deny(Denial::NotEligible), Arc::clone(policies), Answer::none(), case.risk);
        denial.reasons.push(reason);
        return denial;
    }
    let situation = case.situation();
    let mut answer = ask_every(policies, case.question(&situation));
    answer.reads.holds_until(request.session().expires_at);
    if answer.is_permit() {
        // INVARIANT I-1: a satisfied answer becomes a permit here and nowhere else, except that a remembered one stands
        // for the same answer again.
        let permit = Permit::new(request.clone(), obligations(policies, &answer), world.revision());
        return Decision::new(Verdict::Permit(permit), Arc::clone(policies), answer, case.risk);
    }
    refuse(policies, answer, case)
}

/// Whether the policies permit a request: the answer of [`decide`] without its reasons, remedies and proof, for comparing many
/// requests that nobody makes.
#[must_use]
pub fn is_permitted(policies: &Arc<Policies>, world: &World, request: &AccessRequest, now: Timestamp) -> bool {
    let case = Case::new(world, request, now);
    case.ineligible().is_none() && ask_every(policies, case.question(&case.situation())).is_permit()
}

/// Whether the policies permit a request that is made from no device: `Some(false)` where no device would change that, `None` where one
/// could. For who would otherwise compare the request from each device of a person.
#[must_use]
pub fn is_permitted_without_device(
    policies: &Arc<Policies>,
    world: &World,
    request: &AccessRequest,
    now: Timestamp,
) -> Option<bool> {
    let case = Case::new(world, request, now);
    if case.ineligible().is_some() {
        return Some(false);
    }
    let answer = ask_every(policies, case.question(&case.situation()));
    // Evaluation is a function of what it reads: what read nothing of a device says the same of every device.
    let of_device = [ContextSlot::Device, ContextSlot::Risk, ContextSlot::Trust];
    match answer.reads.posture || of_device.into_iter().any(|slot| answer.reads.has(slot)) {
        false => Some(answer.is_permit()),
        true => answer.is_permit().then_some(true),
    }
}

/// The refusal, with what a person needs: only computed when nothing else is left to do.
pub(crate) fn refuse(policies: &Arc<Policies>, answer: Answer, case: Case<'_>) -> Decision {
    let found = remedies::find(policies, &case);
    let by_authentication = found.iter().any(|remedy| remedy.remedy.steps == [Step::Authenticate]);
    let verdict = if by_authentication {
        Verdict::Challenge(Challenge { assurance: 3 })
    } else if !answer.forbids.is_empty() {
        Verdict::Deny(Denial::Forbidden)
    } else if !answer.errors.is_empty() {
        Verdict::Deny(Denial::Errored)
    } else {
        Verdict::Deny(Denial::NotPermitted)
    };
    let reasons = reasons::of(policies, &case, &answer, &found);
    let mut decision = Decision::new(verdict, Arc::clone(policies), answer, case.risk);
    decision.reasons = reasons;
    decision.remedies = found.into_iter().map(|found| found.remedy).collect();
    decision
}

fn obligations(policies: &Policies, answer: &Answer) -> Vec<Obligation> {
    let mut all: Vec<Obligation> = Vec::new();
    for place in &answer.permits {
        for obligation in policies.obligations(*place) {
            if !all.contains(obligation) {
                all.push(*obligation);
            }
        }
    }
    all
}
