//! What shared signals contribute to the platform.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::{Capability, Readiness, Scope, TaskSpec};
use sekisho_capability::metrics::{counters, gauge};
use sekisho_model::documents::Kind;

use crate::SharedSignals;
use crate::acts::{SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET};
use crate::sending;

/// How often the ledger and the outbox are looked through.
const LOOK: Duration = Duration::from_secs(1);

/// Three kinds, two acts, two metrics, and a task that sends what ended here.
#[must_use]
pub const fn capability<S: AsRef<SharedSignals> + Clone + Send + Sync + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Transmitter, Kind::SignalReceiver, Kind::SignalOutbox],
        acts: &[SHARED_SIGNALS_READ, TRANSMITTER_SECRET_SET],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("shared-signals")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<SharedSignals> + Clone + Send + Sync + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "shared-signals-send",
        text: ("Sends events about ended sessions", "セッション終了のイベントの送信"),
        every: LOOK,
        // Each process has a ledger of its own.
        scope: Scope::Local,
        run: |state, turns| {
            let signals = state.as_ref().clone();
            Box::pin(turns.without_back_off().each(move || {
                let signals = signals.clone();
                async move { sending::turn(&signals).await.map_err(|refusal| refusal.text()) }
            }))
        },
    }];
}

/// A receiver that cannot be told leaves the platform ready: the event waits, and is sent again.
fn ready<S: AsRef<SharedSignals>>(state: &S) -> Readiness {
    let sending = state.as_ref().sending.borrow().clone();
    let problems: BTreeSet<String> =
        sending.problems.into_iter().map(|(receiver, why)| format!("signal receiver `{receiver}`: {why}")).collect();
    match problems.is_empty() {
        true => Readiness::Ready,
        false => Readiness::Impaired(problems.into_iter().collect::<Vec<_>>().join("; ")),
    }
}

fn metrics<S: AsRef<SharedSignals>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let (received, refused) = state.as_ref().standings.counts();
    let counts = [([("outcome", "received")], received), ([("outcome", "refused")], refused)];
    let text = "Requests with events of transmitters, by whether they counted";
    counters(encoder, "sekisho_shared_signals", text, counts.into_iter())?;
    let (name, waiting) = ("sekisho_shared_signals_waiting", state.as_ref().sending.borrow().waiting);
    gauge(encoder, name, "Events about ended sessions that wait to be sent", waiting)
}
