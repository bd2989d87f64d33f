//! The shadow check: the same question to the `cedar-policy` crate's own authoriser, on the slice of facts it needs.
//!
//! It is sampled, because it costs hundreds of microseconds. It also checks the index: which policies are asked is found
//! here by comparing every scope.

use std::collections::BTreeSet;

use cedar_policy::{Policy, PolicySet};
use sekisho_model::facts::ContextSlot;
use sekisho_model::{AccessRequest, PolicyId, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::Policies;

use crate::case::Case;
use crate::evaluate::Question;
use crate::every_reading::{Under, variants};
use crate::reference::{self, Reply};
use crate::{Decision, Denial, Verdict};

/// Sets up to this size are given to the reference whole.
const WHOLE: usize = 256;

/// The engine and the reference authoriser do not agree. The request must be denied, and somebody must look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reference authoriser disagrees on {what} (engine: {ours:?}, reference: {theirs:?})")]
pub struct Disagreement {
    /// On what.
    pub what: String,
    /// The engine's determining or failing policies.
    pub ours: Vec<PolicyId>,
    /// The reference's.
    pub theirs: Vec<PolicyId>,
}

/// Whether the reference authoriser comes to the same answer for the same reasons.
///
/// # Errors
/// What they disagree on. The caller denies the request then (I-19).
pub fn agrees(
    policies: &Policies,
    world: &World,
    request: &AccessRequest,
    decision: &Decision,
    now: Timestamp,
) -> Result<(), Disagreement> {
    if matches!(decision.outcome(), Verdict::Deny(Denial::NotEligible)) {
        // No policy was asked.
        return Ok(());
    }
    let case = Case::new(world, request, now);
    let situation = case.situation();
    let question = case.question(&situation);
    let reply = match &decision.answer.under {
        // No policy was asked about these.
        Under::TooManyReadings => return Ok(()),
        Under::Variant(variant) => variant.question(question, |question| reply(policies, &question)),
        Under::Itself => reply_to_all(policies, &question, decision),
    };
    let reply = reply.ok_or_else(|| Disagreement {
        what: "whether the question can be asked".to_owned(),
        ours: decision.determining(),
        theirs: Vec::new(),
    })?;
    compare(decision, &reply)
}

// INVARIANT I-19: the engine's answer stands only where the reference gives the same policies for it.
fn compare(decision: &Decision, reply: &Reply) -> Result<(), Disagreement> {
    let disagree = |what: &str, ours: Vec<PolicyId>, theirs: &BTreeSet<PolicyId>| {
        let (what, theirs) = (what.to_owned(), theirs.iter().cloned().collect());
        Err(Disagreement { what, ours, theirs })
    };
    let set = |ids: Vec<PolicyId>| ids.into_iter().collect::<BTreeSet<_>>();
    if set(decision.errors()) != reply.errors {
        return disagree("the policies that fail", decision.errors(), &reply.errors);
    }
    if set(decision.determining()) != reply.determining {
        return disagree("the policies that determine", decision.determining(), &reply.determining);
    }
    // A policy that fails makes ours a denial, whatever the reference, which skips it, comes to.
    if decision.is_permit() != (reply.allows && reply.errors.is_empty()) {
        return disagree("the outcome", decision.determining(), &reply.determining);
    }
    Ok(())
}

/// The reference's reply to a request, and to its variants where the engine permits them all.
fn reply_to_all(policies: &Policies, question: &Question<'_>, decision: &Decision) -> Option<Reply> {
    let mut all = reply(policies, question)?;
    if let (Some(http), true) = (question.situation.http, decision.is_permit()) {
        let reads_path = decision.answer.reads.has(ContextSlot::RequestPath);
        for variant in variants(question.action, http, reads_path)? {
            let other = variant.question(*question, |question| reply(policies, &question))?;
            all.allows &= other.allows;
            all.determining.extend(other.determining);
            all.errors.extend(other.errors);
        }
    }
    Some(all)
}

fn reply(policies: &Policies, question: &Question<'_>) -> Option<Reply> {
    let ancestors = |handle| question.facts.get(handle).map_or(&[][..], |entity| entity.ancestors());
    let (of_principal, of_resource) = (ancestors(question.principal), ancestors(question.resource));
    let whole = policies.len() <= WHOLE;
    let asked: Vec<&Policy> = policies
        .compiled()
        .iter()
        .zip(policies.reference())
        .filter(|(compiled, _)| {
            let scope = compiled.scope;
            let in_scope = whole
                || (scope.actions.contains(question.action)
                    && scope.principal.admits(question.principal, of_principal)
                    && scope.resource.admits(question.resource, of_resource));
            !compiled.report_only && in_scope
        })
        .map(|(_, policy)| policy)
        .collect();
    let entities = reference::slice(question, asked.iter().copied())?;
    let set = PolicySet::from_policies(asked.into_iter().cloned()).ok()?;
    reference::ask(&set, &reference::request(question)?, &entities)
}
