//! What the platform needs to be administered: no plan may take it away.
//!
//! `sekisho restore-console` would be needed otherwise. Only what was there before is protected, so that an installation without
//! a console can be planned.

use std::collections::BTreeSet;

use sekisho_capability::supposed::{self, KnownDevices};
use sekisho_capability::{CONSOLE, Part};
use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Action, Timestamp};
use sekisho_policy_engine::{Step, Verdict, decide};
use sekisho_policy_information::World;

use crate::ADMINISTRATORS;

/// The policy file that permits administrators to use the console.
pub const CONSOLE_POLICY: &str = "console";
/// The policy file with the shipped roles.
pub const ROLES_POLICY: &str = "roles";

/// Whether a document is one of those without which nobody could administer the platform: they may be changed, but never removed.
pub(crate) fn is_needed(kind: Kind, id: &str) -> bool {
    match kind {
        Kind::Resource => id == CONSOLE || Part::ALL.into_iter().any(|part| part.resource() == id),
        Kind::Policy => id == CONSOLE_POLICY || id == ROLES_POLICY,
        Kind::Group => id == ADMINISTRATORS,
        _ => false,
    }
}

/// Refuses changes that remove a document without which nobody could administer the platform.
///
/// # Errors
/// Which document, and the fix.
pub(crate) fn refuse_removals(changes: &[Change]) -> Result<(), String> {
    let removed = changes.iter().find(|change| change.body.is_none() && is_needed(change.kind, &change.id));
    removed.map_or(Ok(()), |Change { kind, id, .. }| {
        Err(format!("the {kind} `{id}` is needed to administer Sekisho and cannot be removed: keep it"))
    })
}

/// Refuses a World in which no administrator could administer any more what one could in the World before it.
///
/// # Errors
/// What is missing, and the fix.
pub fn protect(before: &World, after: &World, now: Timestamp) -> Result<(), String> {
    let was = administered(before, now);
    let is = if was.is_empty() { BTreeSet::new() } else { administered(after, now) };
    let Some(lost) = was.difference(&is).next() else { return Ok(()) };
    if members(after).next().is_none() {
        return Err(nobody_left());
    }
    Err(format!(
        "with these policies and resources no member of `{ADMINISTRATORS}` could administer `{lost}`: keep a policy that permits it"
    ))
}

/// Why a change that would leave no active administrator is refused.
pub(crate) fn nobody_left() -> String {
    let message = "this would leave nobody active in the group";
    format!("{message} `{ADMINISTRATORS}`: keep its last active member, or add another one first")
}

/// The active members of the group of administrators who may administer the console or the accounts of the platform, by identifier.
pub(crate) fn administrators(world: &World, now: Timestamp) -> Vec<String> {
    let devices = KnownDevices::of(world, now);
    let resources = [CONSOLE, Part::Users.resource()];
    let may = |user: &Handle| resources.iter().any(|name| may_administer(world, *user, name, &devices, now));
    members(world).filter(may).map(|user| world.id(user).to_string()).collect()
}

/// The active members of the group of administrators, whatever they may do, by identifier.
pub(crate) fn active_members(world: &World) -> Vec<String> {
    members(world).map(|user| world.id(user).to_string()).collect()
}

/// What the members of the group of administrators may administer: the console, and the parts of the platform. Somebody who may administer
/// the console may administer every part that is a resource, by [`sekisho_capability::Asking::decide_act`].
fn administered(world: &World, now: Timestamp) -> BTreeSet<&'static str> {
    let devices = KnownDevices::of(world, now);
    let members: Vec<Handle> = members(world).collect();
    let anybody = |name: &str| members.iter().any(|user| may_administer(world, *user, name, &devices, now));
    let by_console = anybody(CONSOLE);
    let parts = Part::ALL.into_iter().map(Part::resource);
    let parts = parts.filter(|part| by_console || anybody(part));
    by_console.then_some(CONSOLE).into_iter().chain(parts).collect()
}

/// The people who are in the group of administrators, directly or through other groups, and may sign in.
fn members(world: &World) -> impl Iterator<Item = Handle> {
    let group = world.facts().interner().lookup(EntityType::Group, ADMINISTRATORS);
    let users = world.facts().of_type(EntityType::User);
    let active = users.filter(|(_, user)| matches!(user.get(Slot::Status), Fact::String(status) if status == "active"));
    active.filter(move |(_, user)| group.is_some_and(|group| user.has_ancestor(group))).map(|(handle, _)| handle)
}

/// Whether a person may administer a resource, now or after what they can do themselves.
fn may_administer(world: &World, user: Handle, resource: &str, devices: &KnownDevices, now: Timestamp) -> bool {
    let Some(resource) = world.facts().find(EntityType::Resource, resource) else { return false };
    let session = supposed::session(user, now);
    devices.of_person(user).into_iter().any(|device| {
        let request = supposed::request(world, &session, device, resource, Action::Administer);
        let decision = decide(world.policies(), world, &request, now);
        let by_themselves = |steps: &[Step]| !steps.contains(&Step::Grant);
        match decision.outcome() {
            Verdict::Permit(_) | Verdict::Challenge(_) => true,
            Verdict::Deny(_) => decision.remedies().iter().any(|remedy| by_themselves(&remedy.steps)),
        }
    })
}
