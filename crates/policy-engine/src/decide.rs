//! The deciding function.

use sekisho_model::{AccessRequest, Timestamp};
use sekisho_policy_information::World;
use sekisho_policy_language::Policies;

use crate::{Decision, Denial, Verdict};

/// Decides a request.
#[must_use]
pub fn decide(policies: &Policies, world: &World, request: &AccessRequest, now: Timestamp) -> Decision {
    let _ = policies;
    Decision {
        verdict: Verdict::Deny(Denial::NotPermitted),
        determining: Vec::new(),
        errors: Vec::new(),
        report_only: Vec::new(),
        risk: world.risk(request, now),
        reasons: Vec::new(),
        remedies: Vec::new(),
        valid_until: now,
    }
}
