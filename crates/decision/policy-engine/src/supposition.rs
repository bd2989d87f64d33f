//! What would be decided: the answer to a request that nobody makes, with what is supposed besides it. There is no permit in it.

use std::sync::Arc;

use sekisho_model::{AccessRequest, Outcome, PolicyId, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::Policies;

use crate::case::Case;
use crate::decide::refuse;
use crate::every_reading::ask_every;
use crate::supposed::Supposed;
use crate::{Reason, Remedy};

/// What would be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supposition {
    /// What it would come to.
    pub outcome: Outcome,
    /// The policies that would determine it.
    pub policies: Vec<PolicyId>,
    /// Why it would not be permitted.
    pub reasons: Vec<Reason>,
    /// What would then help.
    pub remedies: Vec<Remedy>,
    /// The risk that would be weighed.
    pub risk: u8,
}

/// Answers a request that nobody makes as [`decide`](crate::decide) would, with what is supposed. It makes no permit.
#[must_use]
pub fn suppose(
    policies: &Arc<Policies>,
    world: &World,
    request: &AccessRequest,
    now: Timestamp,
    supposed: &Supposed,
) -> Supposition {
    let mut case = Case::new(world, request, now);
    let principal = supposed.principal(&case);
    case.suppose(supposed, principal.as_ref());
    let risk = case.risk.score;
    if let Some(reason) = case.ineligible() {
        let (policies, remedies) = (Vec::new(), Vec::new());
        return Supposition { outcome: Outcome::Deny, policies, reasons: vec![reason], remedies, risk };
    }
    let answer = ask_every(policies, case.question(&case.situation()));
    if answer.is_permit() {
        let permits = answer.permits.iter().filter_map(|place| policies.at(*place));
        let policies = permits.map(|meta| meta.id.clone()).collect();
        return Supposition { outcome: Outcome::Permit, policies, reasons: Vec::new(), remedies: Vec::new(), risk };
    }
    let refusal = refuse(policies, answer, case);
    Supposition {
        outcome: refusal.kind(),
        policies: refusal.determining(),
        reasons: refusal.reasons,
        remedies: refusal.remedies,
        risk,
    }
}
