//! What provisioning does not reach: the groups that give a role on the platform, and the accounts of administrators.

use sekisho_capability::gives_rights;
use sekisho_model::facts::EntityType;
use sekisho_policy_information::World;

use crate::scim::ScimError;

/// The group whose members administer everything.
const ADMINISTRATORS: &str = "administrators";

/// Rejects a group whose members have rights on the platform: by a role, or by a policy that names the group.
// INVARIANT I-35: no token gives or takes a role on the platform by provisioning.
pub(crate) fn refuse_group(world: &World, group: &str) -> Result<(), ScimError> {
    if gives_rights(world, group) {
        return Err(ScimError::forbidden(format_args!(
            "the members of `{group}` have a role on the platform: its administrators change that group themselves"
        )));
    }
    Ok(())
}

/// Rejects what would take an administrator's account away.
pub(crate) fn refuse_administrator(world: &World, user: &str) -> Result<(), ScimError> {
    if is_in(world, EntityType::User, user, ADMINISTRATORS) {
        return Err(ScimError::forbidden(format_args!(
            "`{user}` administers the platform: another administrator disables or removes the account"
        )));
    }
    Ok(())
}

fn is_in(world: &World, kind: EntityType, name: &str, group: &str) -> bool {
    let facts = world.facts();
    let Some(group) = facts.interner().lookup(EntityType::Group, group) else { return false };
    let found = facts.find(kind, name).and_then(|handle| facts.get(handle));
    found.is_some_and(|found| found.has_ancestor(group))
}
