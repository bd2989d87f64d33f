//! What events contribute to the platform: the tasks that make and send them, metrics, readiness.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{ActSpec, Capability, Part, Readiness, Scope, Services, TaskSpec};
use sekisho_model::Action;

use crate::Events;
use crate::events::Deriving;
use crate::syslog::Sender;

/// How long after one turn the next begins: an event is found within a second.
const EVERY: Duration = Duration::from_millis(200);
/// More entries without events than this are worth a line.
const FAR_BEHIND: u64 = 100_000;

/// Search the events.
pub const EVENTS_READ: ActSpec =
    ActSpec::new("events-read", Action::Read, Part::Ledger, ("Search the events", "イベントの検索"));

/// Events: one act, two tasks, metrics and readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Events> + 'static>() -> Capability<S> {
    Capability {
        acts: &[EVENTS_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("events")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Events> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[
        TaskSpec {
            name: "events-made",
            text: ("Makes events of the entries of the ledger", "台帳の記録からのイベントの作成"),
            every: EVERY,
            scope: Scope::Local,
            run: |state, mut turns| {
                let (events, services) =
                    (AsRef::<Events>::as_ref(&state).clone(), AsRef::<Services>::as_ref(&state).clone());
                Box::pin(async move {
                    let mut deriving = Deriving::new(events, services.ledger.clone());
                    while turns.next().await {
                        let outcome = deriving.turn(services.clock.now()).await;
                        turns.ended(outcome.map_err(|error| error.to_string()));
                    }
                })
            },
        },
        TaskSpec {
            name: "events-sent",
            text: ("Sends events to the syslog server", "syslog サーバーへのイベントの送信"),
            every: EVERY,
            scope: Scope::Local,
            run: |state, mut turns| {
                let events = AsRef::<Events>::as_ref(&state).clone();
                Box::pin(async move {
                    let mut sender = Sender::new(events);
                    while turns.next().await {
                        let outcome = sender.turn().await;
                        turns.ended(outcome);
                    }
                })
            },
        },
    ];
}

fn metrics<S: AsRef<Events>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let events: &Events = state.as_ref();
    let (made, behind) = {
        let tail = events.tail.borrow();
        (tail.made, tail.behind)
    };
    let standing = events.sending.standing.borrow().clone();
    let mut number =
        |name: &str, help: &str, value: u64| gauge(encoder, name, help, usize::try_from(value).unwrap_or(usize::MAX));
    number("sekisho_events_made", "Events made since the start", made)?;
    number("sekisho_events_behind", "Entries of the ledger that have no events yet", behind)?;
    number("sekisho_events_sent", "Events that the syslog server took since the start", standing.sent)?;
    number("sekisho_events_missed", "Entries whose events were not sent: the server was away too long", standing.missed)
}

/// Decisions do not depend on events: what fails here leaves the platform ready, and is said.
fn ready<S: AsRef<Events>>(state: &S) -> Readiness {
    let events: &Events = state.as_ref();
    let behind = events.tail.borrow().behind;
    match events.sending.standing.borrow().problem.clone() {
        Some(problem) => Readiness::Impaired(format!("events are not sent to the syslog server: {problem}")),
        None if behind > FAR_BEHIND => {
            Readiness::Impaired(format!("{behind} entries of the ledger have no events yet"))
        }
        None => Readiness::Ready,
    }
}
