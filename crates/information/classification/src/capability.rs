//! What the classification of data contributes to the platform: kinds, acts, a task.

use std::marker::PhantomData;
use std::time::Duration;

use sekisho_capability::{Capability, Scope, Services, TaskSpec};
use sekisho_model::documents::Kind;

use crate::acts;
use crate::labelling::relabel;

/// Labels and scans, and the task that keeps the sensitivity of resources as they say.
#[must_use]
pub const fn capability<S: AsRef<Services> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Label, Kind::DataScan],
        acts: acts::ALL,
        tasks: Tasks::<S>::ALL,
        ..Capability::named("classification")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "classification-relabel",
        text: ("Makes resources as sensitive as their labels", "ラベルに基づくリソースの機密度の更新"),
        every: Duration::from_secs(1),
        scope: Scope::Leased,
        run: |state, turns| {
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(turns.without_back_off().each(move || {
                let services = services.clone();
                async move { relabel(&services).await.map(drop) }
            }))
        },
    }];
}
