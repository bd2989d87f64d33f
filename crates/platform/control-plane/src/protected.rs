//! What the platform needs to be administered: no plan may take it away.
//!
//! `sekisho restore-console` would be needed otherwise. Only what was there before is protected, so that an installation without
//! a console can be planned.

use sekisho_capability::CONSOLE;
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{Action, Timestamp};
use sekisho_policy_engine::{Step, Verdict, decide};
use sekisho_policy_information::World;

use crate::ADMINISTRATORS;
use crate::supposed::{self, KnownDevices};

/// The policy file that permits administrators to use the console.
pub const CONSOLE_POLICY: &str = "console";

/// Refuses a World in which nobody could administer any more, although somebody could in the World before it.
///
/// # Errors
/// What is missing, and the fix.
pub fn protect(before: &World, after: &World, now: Timestamp) -> Result<(), String> {
    let find = |world: &World, kind, name| world.facts().find(kind, name).is_some();
    for (kind, name, what) in
        [(EntityType::Resource, CONSOLE, "the resource"), (EntityType::Group, ADMINISTRATORS, "the group")]
    {
        if find(before, kind, name) && !find(after, kind, name) {
            return Err(format!("{what} `{name}` is needed to administer Sekisho and cannot be removed: keep it"));
        }
    }
    let is_administered = |world: &World| {
        let devices = KnownDevices::of(world, now);
        members(world).any(|user| may_administer(world, user, &devices, now))
    };
    if !is_administered(before) || is_administered(after) {
        return Ok(());
    }
    if members(after).next().is_none() {
        let message = "this would leave nobody active in the group";
        return Err(format!("{message} `{ADMINISTRATORS}`: keep its last active member, or add another one first"));
    }
    Err(format!(
        "with these policies no member of `{ADMINISTRATORS}` could administer `{CONSOLE}`: keep a policy that permits it"
    ))
}

/// The people who are in the group of administrators, directly or through other groups, and may sign in.
fn members(world: &World) -> impl Iterator<Item = Handle> {
    let group = world.facts().interner().lookup(EntityType::Group, ADMINISTRATORS);
    let users = world.facts().of_type(EntityType::User);
    let active = users.filter(|(_, user)| matches!(user.get(Slot::Status), Fact::String(status) if status == "active"));
    active.filter(move |(_, user)| group.is_some_and(|group| user.has_ancestor(group))).map(|(handle, _)| handle)
}

/// Whether a person may administer the console, now or after what they can do themselves.
fn may_administer(world: &World, user: Handle, devices: &KnownDevices, now: Timestamp) -> bool {
    let Some(console) = world.facts().find(EntityType::Resource, CONSOLE) else { return false };
    let session = supposed::session(user, now);
    devices.of_person(user).into_iter().any(|device| {
        let request = supposed::request(world, &session, device, console, Action::Administer);
        let decision = decide(world.policies(), world, &request, now);
        let by_themselves = |steps: &[Step]| !steps.contains(&Step::Grant);
        match decision.outcome() {
            Verdict::Permit(_) | Verdict::Challenge(_) => true,
            Verdict::Deny(_) => decision.remedies().iter().any(|remedy| by_themselves(&remedy.steps)),
        }
    })
}
