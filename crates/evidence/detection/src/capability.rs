//! What detection contributes to the platform: the task that asks the rules, metrics, readiness.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{ActSpec, Capability, Part, Readiness, Scope, Services, TaskSpec};
use sekisho_events::Events;
use sekisho_model::Action;

use crate::Detection;
use crate::raising::Raising;

/// How long after one turn the next begins: with the events' own delay, a match counts within a second.
const EVERY: Duration = Duration::from_millis(200);

/// Look at detection rules and what matched.
pub const DETECTIONS_READ: ActSpec = ActSpec::new(
    "detections-read",
    Action::Read,
    Part::Ledger,
    ("Look at detection rules and matches", "検出ルールと検出結果の閲覧"),
);

/// Detection: one act, one task, metrics and readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Events> + AsRef<Detection> + 'static>() -> Capability<S> {
    Capability {
        acts: &[DETECTIONS_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("detection")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Events> + AsRef<Detection> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "detection-rules",
        text: ("Asks the detection rules about new events", "新しいイベントに対する検出ルールの適用"),
        every: EVERY,
        scope: Scope::Local,
        run: |state, mut turns| {
            let detection = AsRef::<Detection>::as_ref(&state).clone();
            let events = AsRef::<Events>::as_ref(&state).clone();
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(async move {
                let mut raising = Raising::new(detection, events, services);
                while turns.next().await {
                    let outcome = raising.turn().await;
                    turns.ended(outcome);
                }
            })
        },
    }];
}

fn metrics<S: AsRef<Detection>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let standing = AsRef::<Detection>::as_ref(state).standing();
    let matches: u64 = standing.matches.values().map(|(count, _)| count).sum();
    let mut number =
        |name: &str, help: &str, value: u64| gauge(encoder, name, help, usize::try_from(value).unwrap_or(usize::MAX));
    number("sekisho_detection_rules", "Detection rules in force", standing.rules.len() as u64)?;
    number("sekisho_detection_events", "Events that the rules were asked about since the start", standing.asked)?;
    number("sekisho_detection_matches", "Matches since the start", matches)
}

/// Without its rules detection sees nothing, and that must be said; decisions go on.
fn ready<S: AsRef<Detection>>(state: &S) -> Readiness {
    match AsRef::<Detection>::as_ref(state).standing().problem {
        Some(problem) => Readiness::Impaired(format!("the detection rules are not in force: {problem}")),
        None => Readiness::Ready,
    }
}
