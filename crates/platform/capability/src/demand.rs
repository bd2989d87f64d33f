//! What an actor must be permitted for an act.

use sekisho_model::{Action, Timestamp, UserId};
use sekisho_policy_information::World;

use crate::{ActSpec, Part, has_rights};

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
/// sign in as an administrator is worth an administrator's rights. So such an act on somebody who [has rights](has_rights) on the platform
/// demands to administer.
#[must_use]
pub fn demand(world: &World, act: &ActSpec, about: Option<&UserId>, now: Timestamp) -> Demand {
    let about = about.and_then(|user| world.user(user.as_str()));
    let is_raised = act.action == Action::Write && about.is_some_and(|user| has_rights(world, user, now));
    Demand { action: if is_raised { Action::Administer } else { act.action }, part: act.part }
}
