//! What responses contribute to the platform: two kinds, four acts, two tasks, metrics, readiness.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{Capability, Readiness, Scope, TaskSpec};
use sekisho_model::documents::Kind;

use crate::acts::{PLAYBOOK_SECRET_MADE, RESPONSE_APPROVED, RESPONSE_UNDONE, RESPONSES_READ};
use crate::responding;
use crate::responses::Responses;
use crate::sweep::sweep;

/// How often the task looks for what is over. What is written wakes it at once.
const LOOK: Duration = Duration::from_secs(5);

/// Responses.
#[must_use]
pub const fn capability<S: AsRef<Responses> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Playbook, Kind::Response],
        acts: &[RESPONSES_READ, RESPONSE_APPROVED, RESPONSE_UNDONE, PLAYBOOK_SECRET_MADE],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("response")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Responses> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[
        TaskSpec {
            name: "responses",
            text: ("Carries out playbooks and undoes responses", "プレイブックの実行と自動対応の取り消し"),
            every: LOOK,
            scope: Scope::Leased,
            run: |state, turns| Box::pin(responding::run(state.as_ref().clone(), turns)),
        },
        TaskSpec {
            name: "responses-sweep",
            text: ("Removes responses after 90 days", "90 日を過ぎた自動対応の記録の削除"),
            every: Duration::from_secs(3600),
            scope: Scope::Leased,
            run: |state, turns| {
                let responses = state.as_ref().clone();
                Box::pin(turns.each(move || {
                    let responses = responses.clone();
                    async move { sweep(&responses).await }
                }))
            },
        },
    ];
}

fn metrics<S: AsRef<Responses>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let standing = state.as_ref().standing();
    gauge(
        encoder,
        "sekisho_responses_live",
        "Responses that are being done, in force, or being undone",
        standing.live,
    )?;
    gauge(encoder, "sekisho_responses", "Responses in the journal", standing.all)
}

/// A playbook that is not in force must be said; the others go on.
fn ready<S: AsRef<Responses>>(state: &S) -> Readiness {
    match state.as_ref().standing().problems {
        problems if problems.is_empty() => Readiness::Ready,
        problems => Readiness::Impaired(problems.join("; ")),
    }
}
