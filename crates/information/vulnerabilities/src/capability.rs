//! What vulnerable software contributes to the platform.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec};
use sekisho_model::documents::Kind;

use crate::acts::{SOFTWARE_INVENTORY_SET, VULNERABILITIES_READ, VULNERABILITY_SOURCE_REQUESTED};
use crate::assessing;
use crate::vulnerabilities::Vulnerabilities;

/// How often is looked whether a source is due and an inventory is another one.
const LOOK: Duration = Duration::from_secs(1);

/// Sources, inventories and reports, a task that assesses, metrics and readiness.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Vulnerabilities> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::VulnerabilitySource, Kind::SoftwareInventory, Kind::VulnerabilityReport],
        acts: &[VULNERABILITIES_READ, VULNERABILITY_SOURCE_REQUESTED, SOFTWARE_INVENTORY_SET],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("vulnerabilities")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Vulnerabilities> + 'static> Tasks<S> {
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "vulnerabilities-assess",
        text: ("Finds vulnerable software", "脆弱なソフトウェアの検出"),
        every: LOOK,
        scope: Scope::Leased,
        run: |state, turns| {
            let vulnerabilities = AsRef::<Vulnerabilities>::as_ref(&state).clone();
            let services = AsRef::<Services>::as_ref(&state).clone();
            Box::pin(assessing::run(vulnerabilities, services, turns.without_back_off()))
        },
    }];
}

fn metrics<S: AsRef<Vulnerabilities>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let standings = AsRef::<Vulnerabilities>::as_ref(state).standings();
    let (name, help) =
        ("sekisho_vulnerability_source_failing", "Whether the last reading of a vulnerability source failed");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for standing in &standings {
        let failing = i64::from(standing.problem.is_some());
        metric.encode_family(&[("source", standing.source.as_str())])?.encode_gauge(&failing)?;
    }
    Ok(())
}

/// A source that is not read leaves the platform ready: what it said last is in force.
fn ready<S: AsRef<Vulnerabilities>>(state: &S) -> Readiness {
    let standings = AsRef::<Vulnerabilities>::as_ref(state).standings();
    let failing = standings.iter().filter_map(|standing| {
        standing.problem.as_ref().map(|problem| format!("vulnerability source `{}`: {problem}", standing.source))
    });
    match failing.collect::<Vec<_>>() {
        failing if failing.is_empty() => Readiness::Ready,
        failing => Readiness::Impaired(failing.join("; ")),
    }
}
