//! What threat feeds contribute to the platform.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};
use sekisho_model::documents::Kind;

use crate::acts::{THREAT_FEED_CREDENTIALS_SET, THREAT_FEED_REQUESTED, THREATS_READ};
use crate::renewal;
use crate::threats::Threats;

/// How often the feeds are looked through for one that is due.
const LOOK: Duration = Duration::from_secs(5);

/// Feeds: their documents, a task that reads them, metrics and readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Threats> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::ThreatFeed],
        acts: &[THREATS_READ, THREAT_FEED_REQUESTED, THREAT_FEED_CREDENTIALS_SET],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("threats")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Threats> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "threats-renew",
        text: ("Reads threat feeds", "脅威フィードの取得"),
        every: LOOK,
        scope: Scope::Leased,
        run: |state, turns| {
            let threats = AsRef::<Threats>::as_ref(&state).clone();
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(renewal::run(threats, services, turns.without_back_off()))
        },
    }];
}

fn metrics<S: AsRef<Threats>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let standings = AsRef::<Threats>::as_ref(state).standings();
    let (name, help) = ("sekisho_threat_networks", "Networks that a feed makes a threat");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for standing in &standings {
        let networks = i64::try_from(standing.networks).unwrap_or(i64::MAX);
        metric.encode_family(&[("feed", standing.feed.as_str())])?.encode_gauge(&networks)?;
    }
    let (name, help) = ("sekisho_threat_feed_failing", "Whether the last reading of a feed failed");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for standing in &standings {
        let failing = i64::from(standing.problem.is_some());
        metric.encode_family(&[("feed", standing.feed.as_str())])?.encode_gauge(&failing)?;
    }
    Ok(())
}

/// A feed that is not read leaves the platform ready: what it said last is in force.
fn ready<S: AsRef<Threats>>(state: &S) -> Readiness {
    let standings = AsRef::<Threats>::as_ref(state).standings();
    let failing = standings.iter().filter_map(|standing| {
        standing.problem.as_ref().map(|problem| format!("threat feed `{}` {problem}", standing.feed))
    });
    match failing.collect::<Vec<_>>() {
        failing if failing.is_empty() => Readiness::Ready,
        failing => Readiness::Impaired(failing.join("; ")),
    }
}
