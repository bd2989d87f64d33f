//! What behaviour contributes to the platform: the task that learns, metrics, readiness.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};
use sekisho_events::Events;
use sekisho_model::documents::Kind;

use crate::learning::Learning;
use crate::{BEHAVIOUR_READ, Behaviour};

/// How long after one turn the next begins: with the events' own delay, a sign-in counts within a second.
const EVERY: Duration = Duration::from_millis(200);

/// Behaviour: its documents, one act, one task, metrics and readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Events> + AsRef<Behaviour> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::BehaviourProfile],
        acts: &[BEHAVIOUR_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("behaviour")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Events> + AsRef<Behaviour> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "behaviour-learn",
        text: ("Learns what is usual for people", "ユーザーの普段の行動の学習"),
        every: EVERY,
        scope: Scope::Local,
        run: |state, mut turns| {
            let behaviour = AsRef::<Behaviour>::as_ref(&state).clone();
            let events = AsRef::<Events>::as_ref(&state).clone();
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(async move {
                let mut learning = Learning::new(behaviour, events, services);
                while turns.next().await {
                    let outcome = learning.turn().await;
                    turns.ended(outcome.map_err(|error| error.to_string()));
                }
            })
        },
    }];
}

fn metrics<S: AsRef<Behaviour>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let standing = AsRef::<Behaviour>::as_ref(state).standing();
    gauge(encoder, "sekisho_behaviour_profiles", "People whose sign-ins are known", standing.profiles)?;
    gauge(encoder, "sekisho_behaviour_enough", "People with enough history", standing.enough)?;
    gauge(
        encoder,
        "sekisho_behaviour_networks",
        "Countries and numbers of networks that are known",
        standing.networks,
    )?;
    gauge(encoder, "sekisho_behaviour_raised", "Signals raised since the start", standing.raised)
}

/// A file that cannot be read leaves the platform ready: what it said last counts.
fn ready<S: AsRef<Behaviour>>(state: &S) -> Readiness {
    let standing = AsRef::<Behaviour>::as_ref(state).standing();
    let failing = standing.files.iter().filter_map(|file| {
        file.problem.as_ref().map(|problem| format!("the file of places `{}` cannot be read: {problem}", file.name))
    });
    match failing.collect::<Vec<_>>() {
        failing if failing.is_empty() => Readiness::Ready,
        failing => Readiness::Impaired(failing.join("; ")),
    }
}
