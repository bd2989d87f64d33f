//! Who answers a request: somebody whom a policy names, and never the person who asked.

use sekisho_model::documents::GrantRequest;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{ResourceId, UserId};
use sekisho_policy_engine::{Decision, Verdict};
use sekisho_policy_information::World;

use crate::RequestRefusal;

/// The proof that a person may answer requests for one resource, as the policy engine decided for this call.
#[derive(Debug)]
pub struct Approver {
    user: UserId,
    resource: ResourceId,
}

impl Approver {
    /// Judges a person by the engine's decision about the action `approve` on the resource of a request.
    ///
    /// # Errors
    /// [`RequestRefusal::Own`]; [`RequestRefusal::NotApprover`].
    // INVARIANT I-40: a request is answered by somebody whom a policy permits to approve now, and never by the person who asked.
    pub fn of(user: &UserId, decision: &Decision, request: &GrantRequest) -> Result<Self, RequestRefusal> {
        if *user == request.user {
            return Err(RequestRefusal::Own);
        }
        match decision.outcome() {
            Verdict::Permit(_) => Ok(Self { user: user.clone(), resource: request.resource.clone() }),
            Verdict::Challenge(_) | Verdict::Deny(_) => Err(RequestRefusal::of(decision)),
        }
    }

    /// Who answers this request.
    ///
    /// # Errors
    /// [`RequestRefusal::Own`]; [`RequestRefusal::NotApprover`] for a request about another resource.
    pub(crate) fn answers(&self, request: &GrantRequest) -> Result<&UserId, RequestRefusal> {
        if self.user == request.user {
            return Err(RequestRefusal::Own);
        }
        match self.resource == request.resource {
            true => Ok(&self.user),
            false => Err(RequestRefusal::NotApprover(Vec::new())),
        }
    }
}

/// The resource of a request.
///
/// # Errors
/// [`RequestRefusal::NotFound`] when it was removed.
pub(crate) fn resource(world: &World, request: &GrantRequest) -> Result<Handle, RequestRefusal> {
    world.facts().find(EntityType::Resource, request.resource.as_str()).ok_or(RequestRefusal::NotFound)
}
