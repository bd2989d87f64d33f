//! What governance contributes to the platform.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{ActSpec, Capability, Part, Scope, Services, TaskSpec};
use sekisho_model::Action;

use crate::assessment::State;
use crate::governance::Governance;

/// How long after one assessment the next begins.
const EVERY: Duration = Duration::from_secs(15);

/// Look at how the installation stands.
pub const GOVERNANCE_READ: ActSpec = ActSpec::new(
    "governance-read",
    Action::Read,
    Part::Ledger,
    ("Look at the assessment of frameworks", "フレームワークに対する評価の閲覧"),
);

/// Governance: one act, one task, one metric.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Governance> + 'static>() -> Capability<S> {
    Capability {
        acts: &[GOVERNANCE_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ..Capability::named("governance")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Governance> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "governance-assessment",
        text: ("Measures how the installation stands against frameworks", "フレームワークに対する状況の測定"),
        every: EVERY,
        scope: Scope::Local,
        run: |state, turns| {
            let governance = AsRef::<Governance>::as_ref(&state).clone();
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(turns.each(move || {
                let (governance, services) = (governance.clone(), services.clone());
                async move { governance.assess(&services).await.map(drop) }
            }))
        },
    }];
}

fn metrics<S: AsRef<Governance>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let newest = state.as_ref().newest();
    let unmet = newest.map_or(0, |newest| newest.items.iter().filter(|one| one.state == State::NotMet).count());
    gauge(encoder, "sekisho_governance_items_not_met", "Items of the frameworks that are not met", unmet)
}
