//! What lists of names contribute to the platform.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use sekisho_capability::metrics::counters;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};
use sekisho_model::documents::Kind;
use sekisho_observation::Answered;

use crate::reading::Reading;
use crate::{NAMES_READ, NameLists, RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED, Tokens};

/// How often documents and files are looked at: a name that was added counts within a second.
const LOOK: Duration = Duration::from_millis(200);
/// How often tokens are looked at that have ended.
const SWEEP: Duration = Duration::from_secs(5);

/// Lists and tokens: their documents, the tasks that read and remove, metrics and readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<NameLists> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::NameList, Kind::ResolverToken],
        acts: &[NAMES_READ, RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("name-lists")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<NameLists> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[
        TaskSpec {
            name: "name-lists-read",
            text: ("Reads lists of names", "名前リストの読み取り"),
            every: LOOK,
            // Files are of the machine, and each process answers.
            scope: Scope::Local,
            run: |state, turns| {
                let lists = AsRef::<NameLists>::as_ref(&state).clone();
                let services = AsRef::<Services>::as_ref(&state).clone();
                Box::pin(read(lists, services, turns.without_back_off()))
            },
        },
        TaskSpec {
            name: "name-lists-tokens",
            text: ("Removes tokens for the resolver that have ended", "期限が切れたリゾルバー用トークンの削除"),
            every: SWEEP,
            scope: Scope::Leased,
            run: |state, turns| {
                let services = AsRef::<Services>::as_ref(&state).clone();
                Box::pin(turns.without_back_off().each(move || {
                    let services = services.clone();
                    let now = services.clock.now();
                    async move { Tokens::new(services).sweep(now).await }
                }))
            },
        },
    ];
}

async fn read(lists: NameLists, services: Services, mut turns: sekisho_capability::Turns) {
    let mut reading = Reading::default();
    while turns.next().await {
        let (lists, world, now) = (lists.clone(), services.world.borrow().clone(), services.clock.now());
        let read = tokio::task::spawn_blocking(move || {
            reading.turn(&world, &lists, now);
            reading
        });
        match read.await {
            Ok(done) => {
                reading = done;
                turns.ended(Ok(()));
            }
            Err(error) => {
                reading = Reading::default();
                turns.ended(Err(error.to_string()));
            }
        }
    }
}

fn metrics<S: AsRef<NameLists>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let lists = AsRef::<NameLists>::as_ref(state);
    let counts = lists.counts();
    let answered = Answered::ALL.map(|answered| ([("answered", answered.name())], counts.count(answered)));
    let help = "Questions to the resolver, by how they were answered";
    counters(encoder, "sekisho_resolver_questions", help, answered.into_iter())?;
    let (name, help) = ("sekisho_name_list_names", "Names that a list has entries for");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for standing in lists.standings() {
        let names = i64::try_from(standing.names).unwrap_or(i64::MAX);
        metric.encode_family(&[("list", standing.list.as_str())])?.encode_gauge(&names)?;
    }
    Ok(())
}

/// A list that is not read leaves the platform ready, and is said.
fn ready<S: AsRef<NameLists>>(state: &S) -> Readiness {
    let standings = AsRef::<NameLists>::as_ref(state).standings();
    let failing = standings.iter().filter_map(|standing| {
        standing.problem.as_ref().map(|problem| format!("name list `{}`: {problem}", standing.list))
    });
    match failing.collect::<Vec<_>>() {
        failing if failing.is_empty() => Readiness::Ready,
        failing => Readiness::Impaired(failing.join("; ")),
    }
}
