//! Who has rights on the platform: what policies give, and not what groups are called.

use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Action, Evidence, Timestamp, WhyUnknown};
use sekisho_policy_engine::{is_permitted, is_permitted_without_device};
use sekisho_policy_information::World;
use sekisho_policy_language::{Compiled, Effect, Named, PolicyMeta, PolicyText, references};

use crate::part::own_resources;
use crate::supposed;

/// The groups whose members administer the platform, each named by a shipped role in `policies/roles.cedar`.
pub const ROLE_GROUPS: [&str; 7] =
    ["administrators", "policy-authors", "policy-approvers", "device-managers", "helpdesk", "auditors", "provisioners"];

/// What may be done to a part of the platform.
const ACTIONS: [Action; 4] = [Action::Read, Action::Write, Action::Delete, Action::Administer];

/// Whether a person has rights on the platform: as a member of a role's group, or because policies would permit something on a part of it
/// after a sign-in with a passkey, from a device of theirs or from none.
#[must_use]
pub fn has_rights(world: &World, user: Handle, now: Timestamp) -> bool {
    if is_in_a_role(world, user) {
        return true;
    }
    match is_active(world, user) {
        true => reaches_a_part(world, user, now),
        // A disabled account is permitted nothing until somebody enables it: then it is enough that a policy names it or a group of it.
        false => is_named(world, user),
    }
}

fn is_named(world: &World, user: Handle) -> bool {
    let groups = world.facts().get(user).map(|found| found.ancestors().to_vec()).unwrap_or_default();
    let names: Vec<(EntityType, _)> =
        std::iter::once(user).chain(groups).map(|one| (one.kind(), world.id(one))).collect();
    let policies = world.policies();
    let on_parts =
        policies.metas().iter().zip(policies.compiled()).filter(|(_, policy)| permits_on_a_part(world, policy));
    on_parts
        .flat_map(|(meta, _)| named_in(meta))
        .any(|(kind, name)| names.iter().any(|(known, id)| *known == kind && id.as_str() == name))
}

/// The entities that a policy names.
fn named_in(meta: &PolicyMeta) -> impl Iterator<Item = (EntityType, String)> {
    let file = PolicyText { name: meta.file.clone(), text: meta.text.clone() };
    references(&file).into_iter().filter_map(|one| match one.of {
        Named::Entity(kind) => Some((kind, one.name)),
        Named::Check => None,
    })
}

fn is_active(world: &World, user: Handle) -> bool {
    let found = world.facts().get(user);
    found.is_some_and(|found| matches!(found.get(Slot::Status), Fact::String(status) if status == "active"))
}

/// Whether the members of a group have rights on the platform: the group of a role, one within it, or one that a policy names that permits
/// something on a part of the platform.
#[must_use]
pub fn gives_rights(world: &World, group: &str) -> bool {
    let handle = world.facts().find(EntityType::Group, group);
    let is_named = |name: &str| {
        let named = world.facts().interner().lookup(EntityType::Group, name);
        name == group || named.zip(handle).is_some_and(|(named, group)| is_within(world, group, named))
    };
    let names_it = |(meta, policy): (&PolicyMeta, &Compiled)| {
        permits_on_a_part(world, policy)
            && named_in(meta).any(|(kind, name)| kind == EntityType::Group && is_named(&name))
    };
    let policies = world.policies();
    ROLE_GROUPS.iter().any(|role| is_named(role)) || policies.metas().iter().zip(policies.compiled()).any(names_it)
}

fn is_in_a_role(world: &World, user: Handle) -> bool {
    let groups = ROLE_GROUPS.iter().filter_map(|group| world.facts().interner().lookup(EntityType::Group, group));
    groups.into_iter().any(|group| is_within(world, user, group))
}

fn is_within(world: &World, entity: Handle, group: Handle) -> bool {
    entity == group || world.facts().get(entity).is_some_and(|found| found.has_ancestor(group))
}

/// The resources that are parts of the platform.
fn parts(world: &World) -> impl Iterator<Item = Handle> {
    own_resources().filter_map(|part| world.facts().find(EntityType::Resource, part))
}

/// Whether a policy permits something on some part, for somebody and under some condition.
fn permits_on_a_part(world: &World, policy: &Compiled) -> bool {
    let admits = |part: Handle| {
        let ancestors = world.facts().get(part).map(|found| found.ancestors().to_vec()).unwrap_or_default();
        policy.scope.resource.admits(part, &ancestors)
    };
    policy.effect == Effect::Permit && !policy.report_only && parts(world).any(admits)
}

/// What some policy that permits could give to the person, by its scope alone. For most people that is nothing, and nothing needs to be
/// asked.
fn within_scope(world: &World, user: Handle) -> Vec<(Handle, Action)> {
    let ancestors = world.facts().get(user).map(|found| found.ancestors().to_vec()).unwrap_or_default();
    let about: Vec<&Compiled> = world
        .policies()
        .compiled()
        .iter()
        .filter(|policy| policy.effect == Effect::Permit && !policy.report_only)
        .filter(|policy| policy.scope.principal.admits(user, &ancestors))
        .collect();
    let mut asked = Vec::new();
    for part in parts(world) {
        let categories = world.facts().get(part).map(|found| found.ancestors().to_vec()).unwrap_or_default();
        let on_part = || about.iter().filter(|policy| policy.scope.resource.admits(part, &categories));
        let actions =
            ACTIONS.into_iter().filter(|action| on_part().any(|policy| policy.scope.actions.contains(*action)));
        asked.extend(actions.map(|action| (part, action)));
    }
    asked
}

fn reaches_a_part(world: &World, user: Handle, now: Timestamp) -> bool {
    let asked = within_scope(world, user);
    if asked.is_empty() {
        return false;
    }
    let session = supposed::session(user, now);
    let request = |device, (part, action): (Handle, Action)| supposed::request(world, &session, device, part, action);
    let mut by_device = Vec::new();
    for one in asked {
        let from_none = request(Evidence::Unknown(WhyUnknown::NotProven), one);
        match is_permitted_without_device(world.policies(), world, &from_none, now) {
            Some(true) => return true,
            Some(false) => {}
            None => by_device.push(one),
        }
    }
    let permitted = |device: Handle| {
        by_device.iter().any(|one| is_permitted(world.policies(), world, &request(Evidence::Known(device), *one), now))
    };
    !by_device.is_empty() && world.devices_of(user).any(|device| permitted(device.handle))
}
