//! A storm of findings stops at the limit.

use std::collections::BTreeSet;
use std::time::Instant;

use sekisho_model::Span;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Write};
use serde_json::json;

use super::place::{Place, playbook};
use crate::journal::State;

const FINDINGS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i53_a_storm_of_ten_thousand_findings_stops_at_the_cap() {
    let mut storming = playbook("lock", "automatic", &["end-sessions", "raise-risk"]);
    storming["people"] = json!(5);
    let mut place = Place::new(&[storming]).await;
    place.turn().await;
    storm(&place, FINDINGS).await;
    let began = Instant::now();
    loop {
        place.turn().await;
        if place.responses.standing().all == FINDINGS {
            break;
        }
    }
    println!("{FINDINGS} findings in {} ms", began.elapsed().as_millis());
    let all = place.responses.all().await.unwrap();
    let count = |state: &str| all.iter().filter(|one| one.state.name() == state).count();
    assert_eq!((count("done"), count("held"), all.len()), (5, FINDINGS - 5, FINDINGS));
    let touched: BTreeSet<String> = place.noted().into_iter().map(|(_, user)| user).collect();
    assert_eq!((touched.len(), place.noted().len()), (5, 5));
    let reached = |acts: &[String]| acts.iter().filter(|act| *act == "response-cap-reached").count();
    assert_eq!(reached(&place.here.act_codes().await), 1);

    // A restart begins nothing more, and says nothing twice.
    place.restart();
    place.turn().await;
    assert_eq!((place.noted().len(), reached(&place.here.act_codes().await)), (5, 1));

    // Somebody approves one of those that were held: people decide beyond the limit.
    let held = all.into_iter().find(|one| one.state == State::Held).unwrap();
    place.approve(&held.id).await;
    // On a busy machine the answer does not wait for it.
    place.turn().await;
    let approved = place.responses.find(&held.id).await.unwrap();
    assert!(matches!(&approved.state, State::Done { by: Some(by), .. } if by == "user:admin"), "{:?}", approved.state);
    assert_eq!(place.noted().len(), 6);

    // The next hour has room again.
    place.here.clock.pass(Span::from_minutes(61));
    place.signal("impossible-travel", "alice").await;
    // The World may show it a moment later.
    for _ in 0..1_000 {
        place.turn().await;
        if place.about("lock", "alice").await.is_some() {
            break;
        }
    }
    assert!(place.response("lock", "alice").await.is_automatic);
}

/// That many people, each with a finding.
async fn storm(place: &Place, count: usize) {
    let now = place.now();
    let until = now.plus(Span::from_minutes(60));
    let (mut people, mut signals) = (Vec::new(), Vec::new());
    for number in 0..count {
        let id = format!("storm-{number}");
        let body = json!({ "id": id, "name": id, "employment": "staff" });
        people.push(Write::Put { kind: Kind::User, id: id.clone(), expected: Expected::New, body });
        let body = json!({ "id": format!("s.{id}"), "about": { "user": id }, "name": "impossible-travel", "weight": 10,
            "seen_at": now, "ends_at": until });
        signals.push(Write::Put { kind: Kind::Signal, id: format!("s.{id}"), expected: Expected::New, body });
    }
    let store = &place.here.services.store;
    let revision = store.commit(people, "test", now).await.unwrap();
    place.here.shows(revision).await;
    store.commit(signals, "test", now).await.unwrap();
}
