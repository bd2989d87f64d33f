//! Steps are done in order and once, whatever interrupts them; messages are signed.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Span};
use serde_json::{Value, json};

use super::place::{Place, playbook, states};
use crate::journal::StepState::{Done, Final, Nothing, Undone};
use crate::webhook::Secret;

const TRAVEL: &str = "impossible-travel";

#[tokio::test]
async fn i51_a_step_that_was_interrupted_is_done_by_the_next_process() {
    let actions = ["end-sessions", "raise-risk", "disable-account", "revoke-tokens"];
    let mut place = Place::new(&[playbook("lock", "automatic", &actions)]).await;
    place.turn().await;
    *place.failing.lock().unwrap() = 1;
    place.signal(TRAVEL, "alice").await;
    place.failing_turn().await;
    // The first step had its effect, and the process died before the journal said so.
    assert_eq!(place.noted().len(), 1);
    place.restart();
    place.turn().await;
    let response = place.response("lock", "alice").await;
    assert_eq!(states(&response), [Done, Done, Done, Nothing], "no token was there");
    let names: Vec<_> = place.noted().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["end-sessions", "end-sessions", "disable"]);
    let signals = place.here.services.store.list_all(Kind::Signal).await.unwrap();
    assert_eq!(signals.iter().filter(|one| one.id.starts_with("response.")).count(), 1);

    // What was disabled by the interrupted step is known to have been active: it is enabled again.
    place.undo(&response.id).await;
    let undone = place.responses.find(&response.id).await.unwrap();
    assert_eq!(states(&undone), [Final, Undone, Undone, Nothing]);
    assert_eq!(place.noted().last().unwrap(), &("enable", "alice".to_owned()));
    let signals = place.here.services.store.list_all(Kind::Signal).await.unwrap();
    assert!(signals.iter().all(|one| !one.id.starts_with("response.")));
}

#[tokio::test]
async fn an_address_that_the_finding_names_is_blocked_and_released() {
    let mut place = Place::new(&[playbook("block", "automatic", &["block-address"])]).await;
    place.turn().await;
    let address: std::net::IpAddr = "192.0.2.7".parse().unwrap();
    let change = place.here.services.changes.begin(Actor::System, "rule-matched", "user/alice");
    let change = change.detail(json!({ "name": TRAVEL, "address": address.to_string() }));
    change.note(place.now()).await.unwrap();
    place.signal(TRAVEL, "alice").await;
    place.signal(TRAVEL, "bob").await;
    place.turn().await;
    assert_eq!(states(&place.response("block", "bob").await), [Nothing], "no finding names an address of bob's");
    let response = place.response("block", "alice").await;
    assert_eq!((states(&response), response.address), (vec![Done], Some(address)));
    let revision = place.here.services.store.revision().await.unwrap();
    assert_eq!(place.here.shows(revision).await.network(address).threat(), 100);
    assert_eq!(place.here.world().network("192.0.2.8".parse().unwrap()).threat(), 0);
    place.undo(&response.id).await;
    let revision = place.here.services.store.revision().await.unwrap();
    assert_eq!(place.here.shows(revision).await.network(address).threat(), 0);
}

#[tokio::test]
async fn the_sessions_end_and_a_signed_message_says_so_and_another_one_that_it_was_undone() {
    let mut telling = playbook("tell", "automatic", &["send-webhook", "end-sessions"]);
    telling["webhook"] = json!("https://hooks.example.jp/sekisho");
    let mut place = Place::new(std::slice::from_ref(&telling)).await;
    let playbook = serde_json::from_value(telling).unwrap();
    let secret = Secret::new(&playbook, &place.here.services.entropy).unwrap().unwrap();
    secret.keep(&place.responses, "tell", Actor::System).await.unwrap();
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    let response = place.response("tell", "alice").await;
    assert_eq!(states(&response), [Done, Done], "the message comes last");
    assert_eq!(place.noted(), [("end-sessions", "alice".to_owned())]);
    place.undo(&response.id).await;
    assert_eq!(states(&place.response("tell", "alice").await), [Final, Undone]);

    let sent = place.sent.lock().unwrap().clone();
    let types: Vec<Value> =
        sent.iter().map(|one| serde_json::from_str::<Value>(&one.body).unwrap()["type"].clone()).collect();
    assert_eq!(types, ["response.done", "response.undone"]);
    for message in &sent {
        let header = |name: &str| message.headers[name].to_str().unwrap();
        let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), message.body);
        let bytes = STANDARD.decode(secret.shown().strip_prefix("whsec_").unwrap()).unwrap();
        let tag = STANDARD.decode(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), signed.as_bytes(), &tag).unwrap();
    }
    assert_ne!(sent[0].headers["webhook-id"], sent[1].headers["webhook-id"]);
    let acts = format!("{:?}", place.here.acts().await);
    assert!(!acts.contains(secret.shown().trim_start_matches("whsec_")), "the secret is in no record");
}

#[tokio::test]
async fn a_message_is_signed_only_for_the_server_that_its_secret_was_made_for() {
    let mut telling = playbook("tell", "automatic", &["send-webhook"]);
    telling["webhook"] = json!("https://hooks.example.jp/a");
    let mut place = Place::new(&[]).await;
    let playbook = serde_json::from_value(telling.clone()).unwrap();
    let secret = Secret::new(&playbook, &place.here.services.entropy).unwrap().unwrap();
    secret.keep(&place.responses, "tell", Actor::System).await.unwrap();
    telling["webhook"] = json!("https://elsewhere.example.jp/a");
    place.playbook(&telling).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    let step = place.response("tell", "alice").await.steps.remove(0);
    assert!(step.why.unwrap().contains("no secret") && place.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_lasts_a_time_ends_with_it() {
    let mut locking = playbook("lock", "automatic", &["disable-account", "raise-risk"]);
    locking["lasts"] = json!("10m");
    let mut place = Place::new(&[locking]).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    place.here.clock.pass(Span::from_seconds(599));
    place.turn().await;
    assert_eq!(place.noted().len(), 1);
    place.here.clock.pass(Span::from_seconds(1));
    place.turn().await;
    let response = place.response("lock", "alice").await;
    assert_eq!((response.state.name(), states(&response)), ("expired", vec![Undone, Undone]));
    assert_eq!(place.noted().last().unwrap(), &("enable", "alice".to_owned()));
}
