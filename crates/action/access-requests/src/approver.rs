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
    /// That the person did not ask for it themselves. Callers ask this before the engine, so that no decision about it is recorded.
    ///
    /// # Errors
    /// [`RequestRefusal::Own`].
    pub(crate) fn not_own(user: &UserId, request: &GrantRequest) -> Result<(), RequestRefusal> {
        match *user == request.user {
            true => Err(RequestRefusal::Own),
            false => Ok(()),
        }
    }

    /// Judges a person by the engine's decision about the action `approve` on the resource of a request.
    ///
    /// # Errors
    /// [`RequestRefusal::Own`]; [`RequestRefusal::NotApprover`].
    // INVARIANT I-40: a request is answered by somebody whom a policy permits to approve now, and never by the person who asked.
    pub fn of(user: &UserId, decision: &Decision, request: &GrantRequest) -> Result<Self, RequestRefusal> {
        Self::not_own(user, request)?;
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
        Self::not_own(&self.user, request)?;
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
