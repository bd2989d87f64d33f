//! The figures over a real store and ledger: what was recorded before the start and after it, and the World.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use sekisho_capability::{Services, Tasks};
use sekisho_model::documents::Kind;
use sekisho_model::{Record, Span, Timestamp};
use sekisho_overview::{Counts, Figures, Fleet, Overview, capability};
use sekisho_testbed::{Organisation, TemporaryServices};
use serde_json::{Value, json};
use tokio::time::timeout;

struct State(Services, Overview);

impl Clone for State {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone())
    }
}

impl AsRef<Services> for State {
    fn as_ref(&self) -> &Services {
        &self.0
    }
}

impl AsRef<Overview> for State {
    fn as_ref(&self) -> &Overview {
        &self.1
    }
}

/// A process that counts. It ends when this is dropped.
fn started(here: &TemporaryServices) -> (Overview, Tasks) {
    let overview = Overview::new(|| None);
    let state = State(here.services.clone(), overview.clone());
    let mut tasks = Tasks::new(here.services.leases.clone(), here.services.clock.clone());
    tasks.start(&state, capability::<State>().tasks);
    (overview, tasks)
}

/// The first figures that fit.
async fn figures(overview: &Overview, fit: impl Fn(&Figures) -> bool) -> Arc<Figures> {
    let mut figures = overview.figures();
    let found = timeout(Duration::from_secs(30), figures.wait_for(|figures| fit(figures))).await;
    found.unwrap().unwrap().clone()
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn denial(at: Timestamp) -> Record {
    record(json!({"entry": "decision", "at": at, "request": "R1", "outcome": "deny", "resource": "wiki",
        "address": "192.0.2.1", "policies": [], "reasons": ["no-policy-permits"], "risk": 0, "world": 1}))
}

fn cut(at: Timestamp) -> Record {
    record(json!({"entry": "stream-end", "at": at, "request": "R1", "subject": "alice", "session": "00".repeat(16),
        "resource": "wiki", "reason": "device-not-compliant", "world": 1, "delay_ms": 40}))
}

#[tokio::test]
async fn a_restarted_process_shows_the_same_hour_and_what_comes_is_counted_once() {
    let here = TemporaryServices::new(Organisation::empty()).await;
    let now = here.clock.now();
    let old = now.plus(Span::from_minutes(-90));
    here.services.ledger.append_all(vec![denial(old), denial(now), denial(now), cut(now)]).await.unwrap();
    let (overview, tasks) = started(&here);
    let expected = Counts { denials: 2, cuts: 1, ..Counts::default() };
    let first = figures(&overview, |figures| !figures.minutes.is_empty()).await;
    assert_eq!(first.hour(), expected);
    assert_eq!(first.reasons, [("no-policy-permits".to_owned(), 2)]);
    assert_eq!((first.delays.count(), first.delays.longest_ms()), (1, 40));
    here.services.ledger.append_all(vec![cut(now), denial(now)]).await.unwrap();
    let expected = Counts { denials: 3, cuts: 2, ..Counts::default() };
    let next = figures(&overview, |figures| figures.hour().cuts > 1).await;
    assert_eq!(next.hour(), expected);
    tasks.stop().await;
    let (again, _tasks) = started(&here);
    assert_eq!(figures(&again, |figures| !figures.minutes.is_empty()).await.hour(), expected);
}

#[tokio::test]
async fn devices_are_counted_by_how_they_are_doing() {
    let device = |id: &str, status: &str| json!({"id": id, "name": id, "platform": "linux", "status": status, "key_sha256": "11".repeat(32), "public_key": "AAAA"});
    let here = TemporaryServices::new(Organisation::empty()).await;
    let now = here.clock.now();
    let (long_ago, failing) =
        (now.plus(Span::from_minutes(-30 * 24 * 60)), json!([{"check": "firewall", "found": "false"}]));
    for (id, status, report) in [
        ("good", "active", Some((now, json!([])))),
        ("bad", "active", Some((now, failing.clone()))),
        ("old", "active", Some((long_ago, json!([])))),
        ("new", "active", None),
        ("gone", "revoked", Some((now, json!([])))),
    ] {
        here.put(Kind::Device, id, device(id, status)).await;
        if let Some((at, failing)) = report {
            let body = json!({"device": id, "reported_at": at, "sequence": 1, "facts": {"firewall.enabled": true}, "failing": failing});
            here.put(Kind::Posture, id, body).await;
        }
    }
    let (overview, _tasks) = started(&here);
    let found = figures(&overview, |figures| !figures.minutes.is_empty()).await;
    let expected = Fleet { compliant: 1, not_compliant: 1, stale: 1, never_reported: 1, unusable: 1 };
    assert_eq!(found.fleet, expected);
    assert_eq!(found.fleet.usable(), 4);
}
