//! The deciding function: total, pure, and the only place where a [`Permit`] is made.
//!
//! Step 9 of the life of a request; next: `crates/ledger/src/thread.rs`.

use sekisho_model::{AccessRequest, PolicyId, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::Policies;

use crate::ask::{Answer, ask};
use crate::case::Case;
use crate::reads::Reads;
use crate::{Challenge, Decision, Denial, Permit, Step, Verdict, reasons, remedies};

/// Decides a request: who asks, from what, for what, in which state, under which policies.
#[must_use]
pub fn decide(policies: &Policies, world: &World, request: &AccessRequest, now: Timestamp) -> Decision {
    let case = Case::new(world, request, now);
    if let Some(reason) = case.ineligible() {
        let mut denial = Decision::new(Verdict::Deny(Denial::NotEligible), Reads::none(), case.risk);
        denial.reasons.push(reason);
        return denial;
    }
    let situation = case.situation();
    let mut answer = ask(policies, case.question(&situation));
    answer.reads.holds_until(request.session().expires_at);
    if answer.is_permit() {
        // INVARIANT I-1: a satisfied answer becomes a permit here and nowhere else, except that a remembered one stands
        // for the same answer again.
        let permit = Permit::new(request.clone(), obligations(policies, &answer), world.revision());
        return settle(policies, Verdict::Permit(permit), answer, case);
    }
    refuse(policies, answer, case)
}

/// The refusal, with what a person needs: only computed when nothing else is left to do.
fn refuse(policies: &Policies, answer: Answer, case: Case<'_>) -> Decision {
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
    let mut decision = settle(policies, verdict, answer, case);
    decision.reasons = reasons;
    decision.remedies = found.into_iter().map(|found| found.remedy).collect();
    decision
}

fn settle(policies: &Policies, verdict: Verdict, answer: Answer, case: Case<'_>) -> Decision {
    let names = |places: &[u32]| -> Vec<PolicyId> {
        places.iter().filter_map(|place| policies.compiled(*place)).map(|(meta, _)| meta.id.clone()).collect()
    };
    let determining = if answer.forbids.is_empty() { &answer.permits } else { &answer.forbids };
    let (determining, errors, report_only) = (names(determining), names(&answer.errors), names(&answer.report_only));
    Decision { determining, errors, report_only, ..Decision::new(verdict, answer.reads, case.risk) }
}

fn obligations(policies: &Policies, answer: &Answer) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (meta, _) in answer.permits.iter().filter_map(|place| policies.compiled(*place)) {
        for obligation in &meta.obligations {
            if !all.contains(obligation) {
                all.push(obligation.clone());
            }
        }
    }
    all
}
