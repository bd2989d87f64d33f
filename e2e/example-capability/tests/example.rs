//! The example capability runs beside the platform's own: its task, its metric and its readiness.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;
use sekisho_capability::{Capability, Readiness, Services, Tasks};
use sekisho_example_capability::{Unowned, capability};
use sekisho_model::documents::Kind;
use sekisho_testbed::{Organisation, TemporaryServices, eventually};
use serde_json::json;

const ALL: &[Capability<State>] = &[capability()];

#[derive(Debug, Clone)]
struct State {
    services: Services,
    unowned: Unowned,
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.services
    }
}

impl AsRef<Unowned> for State {
    fn as_ref(&self) -> &Unowned {
        &self.unowned
    }
}

/// The metrics of every capability, as the platform's collector writes them.
#[derive(Debug)]
struct Metrics(State);

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        ALL.iter().try_for_each(|capability| (capability.metrics)(&self.0, &mut encoder))
    }
}

fn readiness(state: &State) -> Vec<Readiness> {
    ALL.iter().map(|capability| (capability.ready)(state)).collect()
}

#[tokio::test]
async fn a_fact_changes_what_the_capability_says() {
    let here = TemporaryServices::new(Organisation::empty().user("alice", &["staff"]).application("wiki")).await;
    let state = State { services: here.services.clone(), unowned: Unowned::default() };
    let mut tasks = Tasks::new(here.services.leases.clone(), here.services.clock.clone());
    for capability in ALL {
        tasks.start(&state, capability.tasks);
    }
    let impaired = [Readiness::Impaired("1 resource(s) have no owner".to_owned())];
    eventually("the first count", async || (readiness(&state) == impaired).then_some(())).await;
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics(state.clone())));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).expect("metrics");
    assert!(text.contains("sekisho_unowned_resources 1"), "{text}");
    let owned = json!({ "id": "wiki", "name": { "en": "Wiki", "ja": "Wiki" }, "host": "wiki.localhost", "upstream": "http://127.0.0.1:9", "owner": "alice" });
    here.put(Kind::Resource, "wiki", owned).await;
    eventually("the next count", async || (readiness(&state) == [Readiness::Ready]).then_some(())).await;
    tasks.stop().await;
}
