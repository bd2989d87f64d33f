//! What an actor must be permitted for an act.

use sekisho_model::facts::EntityType;
use sekisho_model::{Action, UserId};
use sekisho_policy_information::World;

use crate::{ActSpec, Part};

/// The groups whose members administer the platform, each named by a shipped role in `policies/roles.cedar`.
pub const ROLE_GROUPS: [&str; 7] =
    ["administrators", "policy-authors", "policy-approvers", "device-managers", "helpdesk", "auditors", "provisioners"];

/// The question for the policy engine: may the actor do this to that part of the platform?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The action in policies.
    pub action: Action,
    /// The part that is the resource.
    pub part: Part,
}

/// What an act demands. `about` is the person whom it changes, if any.
///
/// Somebody who may change accounts, but not administer them, must not get at the rights of those who administer the platform: a link to
/// sign in as an administrator is worth an administrator's rights. So such an act on a member of a role's group demands to administer.
#[must_use]
pub fn demand(world: &World, act: &ActSpec, about: Option<&UserId>) -> Demand {
    let is_raised = act.action == Action::Write && about.is_some_and(|user| has_role(world, user));
    Demand { action: if is_raised { Action::Administer } else { act.action }, part: act.part }
}

/// Whether a person is in the group of any shipped role, directly or by way of other groups.
fn has_role(world: &World, user: &UserId) -> bool {
    let facts = world.facts();
    let Some(user) = world.user(user.as_str()).and_then(|handle| facts.get(handle)) else { return false };
    let groups = ROLE_GROUPS.iter().filter_map(|group| facts.interner().lookup(EntityType::Group, group));
    groups.into_iter().any(|group| user.has_ancestor(group))
}
