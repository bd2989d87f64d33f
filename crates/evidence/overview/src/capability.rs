//! What the overview contributes to the platform: the task that computes its figures.

use std::marker::PhantomData;
use std::time::Duration;

use sekisho_capability::{Capability, Scope, Services, TaskSpec};

use crate::counting::Counting;
use crate::overview::Overview;

/// How long after one turn the next begins.
const EVERY: Duration = Duration::from_secs(2);

/// The overview: its figures are computed in each process, each from its own ledger.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Overview> + 'static>() -> Capability<S> {
    Capability { tasks: Tasks::<S>::ALL, ..Capability::named("overview") }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Overview> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "overview-figures",
        text: ("Counts what the overview of the console shows", "コンソールの概要に表示する数値の集計"),
        every: EVERY,
        scope: Scope::Local,
        run: |state, mut turns| {
            let (overview, services) =
                (AsRef::<Overview>::as_ref(&state).clone(), AsRef::<Services>::as_ref(&state).clone());
            Box::pin(async move {
                let mut counting = Counting::new(overview, services);
                while turns.next().await {
                    let outcome = counting.turn().await;
                    turns.ended(outcome);
                }
            })
        },
    }];
}
