//! The first steps of a new installation, each ticked by a fact. It is shown to those who may publish an application, until all are done.

use sekisho_control_plane::acts::table;
use sekisho_control_plane::{CONSOLE_POLICY, ROLES_POLICY};
use sekisho_model::Method;
use sekisho_model::documents::Kind;
use sekisho_policy_information::World;
use sekisho_web::{Problem, access};

use super::shown::listed;
use crate::Context;

/// One step.
pub(super) struct Step {
    /// The key of its name.
    pub(super) key: &'static str,
    /// Whether it is done.
    pub(super) done: bool,
    /// Where it is done; `None` for what is done on the command line.
    pub(super) href: Option<&'static str>,
}

/// The steps, unless all are done or they are not this person's to do.
pub(super) async fn steps(context: &Context) -> Result<Vec<Step>, Problem> {
    if !access::permits(context, &table::putting(Kind::Resource)) {
        return Ok(Vec::new());
    }
    let world = &context.world;
    let figures = context.services.overview.figures().borrow().clone();
    let authenticators = context.services.identity.authenticators(&context.person()?.id).await?;
    let step = |key, done, href| Step { key, done, href };
    let steps = vec![
        step("overview-step-passkey", authenticators.iter().any(|one| one.method == Method::Passkey), Some("/methods")),
        step("overview-step-person", world.users().nth(1).is_some(), Some("/console/users")),
        step(
            "overview-step-application",
            world.resources().any(|(_, resource)| resource.upstream.is_some()),
            listed(context, "/console/applications/publish").or(Some("/console/resources")),
        ),
        step("overview-step-group", has_own_policy(world), Some("/console/policies")),
        step("overview-step-device", figures.fleet.usable() > 0, Some("/devices")),
        step("overview-step-backup", figures.backed_up.is_some(), None),
    ];
    let is_counted = !figures.minutes.is_empty();
    Ok(if !is_counted || steps.iter().all(|step| step.done) { Vec::new() } else { steps })
}

/// Whether there is a policy beside those that every platform starts with.
fn has_own_policy(world: &World) -> bool {
    let shipped = [CONSOLE_POLICY, ROLES_POLICY];
    world.policies().metas().iter().any(|meta| !shipped.contains(&meta.file.trim_end_matches(".cedar")))
}
