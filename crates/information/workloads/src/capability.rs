//! What workloads contribute to the platform.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::{counters, gauge};
use sekisho_capability::{Capability, Scope, TaskSpec};
use sekisho_model::documents::Kind;

use crate::{Workloads, acts};

/// Workloads: two kinds, their acts, a task that removes what ended, and metrics.
#[must_use]
pub const fn capability<S: AsRef<Workloads> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Workload, Kind::WorkloadCredential],
        acts: acts::ALL,
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ..Capability::named("workloads")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Workloads> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "workloads-sweep",
        text: ("Removes credentials of workloads that ended", "終了したワークロード資格情報の削除"),
        every: Duration::from_secs(5),
        scope: Scope::Leased,
        run: |state, turns| {
            let workloads = AsRef::<Workloads>::as_ref(&state).clone();
            Box::pin(turns.each(move || {
                let workloads = workloads.clone();
                async move { workloads.sweep(workloads.services.clock.now()).await.map(drop) }
            }))
        },
    }];
}

fn metrics<S: AsRef<Workloads>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let workloads = AsRef::<Workloads>::as_ref(state);
    let (known, credentials) = {
        let world = workloads.services.world.borrow();
        (world.workloads().count(), world.workload_credentials().count())
    };
    gauge(encoder, "sekisho_workloads", "Workloads, disabled ones included", known)?;
    gauge(encoder, "sekisho_workload_credentials", "Credentials of workloads that have not been removed", credentials)?;
    let outcomes = workloads.outcomes.borrow().clone();
    let help = "Requests to the token endpoint, by what they came to";
    let rows = outcomes.into_iter().map(|(outcome, count)| ([("outcome", outcome)], count));
    counters(encoder, "sekisho_workload_exchanges", help, rows)
}
