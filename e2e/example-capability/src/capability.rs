//! What the example contributes to the platform.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};

use crate::pages::UNOWNED_READ;
use crate::unowned::Unowned;

/// The example: one act, one task, one metric, one readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Unowned> + 'static>() -> Capability<S> {
    Capability {
        acts: &[UNOWNED_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("unowned")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Unowned> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "unowned-look",
        text: ("Looks for resources that nobody owns", "所有者のいないリソースの確認"),
        every: Duration::from_millis(50),
        scope: Scope::Local,
        run: |state, turns| {
            let unowned = AsRef::<Unowned>::as_ref(&state).clone();
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(turns.each(move || {
                unowned.look(&services);
                std::future::ready(Ok::<(), Infallible>(()))
            }))
        },
    }];
}

fn metrics<S: AsRef<Unowned>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    gauge(encoder, "sekisho_unowned_resources", "Resources that have no owner", state.as_ref().resources().len())
}

/// Resources without an owner leave the platform ready: nobody answers for them, and that is worth a line.
fn ready<S: AsRef<Unowned>>(state: &S) -> Readiness {
    match state.as_ref().resources().len() {
        0 => Readiness::Ready,
        count => Readiness::Impaired(format!("{count} resource(s) have no owner")),
    }
}
