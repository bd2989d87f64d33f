//! Policies.

use sekisho_capability::{Capability, Readiness, Services};
use sekisho_model::documents::Kind;
use sekisho_policy_information::FoldProblem;

use crate::acts::table::POLICIES_READ;

/// Policies: their documents, looking at them, and whether the stored ones are in force.
#[must_use]
pub const fn capability<S: AsRef<Services>>() -> Capability<S> {
    Capability { kinds: &[Kind::Policy], acts: &[POLICIES_READ], ready: ready::<S>, ..Capability::named("policies") }
}

/// What does not load, or only in part, permits less than was written: the platform can be asked, and somebody must look.
fn ready<S: AsRef<Services>>(state: &S) -> Readiness {
    let world = state.as_ref().world.borrow().clone();
    let of_policies = |problem: &&FoldProblem| {
        matches!(problem, FoldProblem::Policies { .. } | FoldProblem::PoliciesOfAnotherVersion { .. })
    };
    world.problems().find(of_policies).map_or(Readiness::Ready, |problem| Readiness::Impaired(problem.to_string()))
}
