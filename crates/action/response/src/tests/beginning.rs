//! What begins, what is proposed, and what no playbook touches.

use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::json;

use super::place::{Place, playbook, states};
use crate::failure::ResponseError;
use crate::journal::{State, StepState};

const TRAVEL: &str = "impossible-travel";

#[tokio::test]
async fn a_proposal_does_nothing_until_somebody_approves_it() {
    let mut place = Place::new(&[playbook("ask", "propose", &["end-sessions"])]).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.signal("new-device", "bob").await;
    place.turn().await;
    let proposed = place.response("ask", "alice").await;
    assert_eq!((proposed.state.name(), proposed.reach.people, place.noted().len()), ("proposed", 1, 0));
    assert!(place.about("ask", "bob").await.is_none(), "another signal begins nothing");

    place.approve(&proposed.id).await;
    assert_eq!(place.noted(), [("end-sessions", "alice".to_owned())]);
    let again = place.responses.approve(&proposed.id, Actor::System, place.now()).await;
    assert!(matches!(again, Err(ResponseError::NotProposed)));

    // One that is dismissed is never done.
    place.signal(TRAVEL, "bob").await;
    place.turn().await;
    let other = place.response("ask", "bob").await;
    place.undo(&other.id).await;
    let dismissed = place.responses.approve(&other.id, Actor::System, place.now()).await;
    assert!(matches!(dismissed, Err(ResponseError::NotProposed)));
    assert_eq!(place.noted().len(), 1);
    let codes = place.here.act_codes().await;
    for code in ["response-proposed", "response-approved", "response-settled", "response-undone"] {
        assert!(codes.iter().any(|known| known == code), "{code} {codes:?}");
    }
}

#[tokio::test]
async fn a_signal_from_before_the_playbook_and_the_same_signal_again_begin_nothing() {
    let mut place = Place::new(&[]).await;
    place.signal(TRAVEL, "alice").await;
    place.here.clock.pass(sekisho_model::Span::from_seconds(1));
    place.playbook(&playbook("end", "automatic", &["end-sessions"])).await;
    place.turn().await;
    assert!(place.noted().is_empty());
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    place.restart();
    place.turn().await;
    place.turn().await;
    assert_eq!(place.noted().len(), 1);
    assert!(place.responses.all().await.unwrap().len() == 1);
}

#[tokio::test]
async fn i52_whom_any_playbook_names_none_touches() {
    let mut guarding = playbook("guard", "propose", &["end-sessions"]);
    (guarding["trigger"], guarding["never"], guarding["never_groups"]) =
        (json!("never-raised"), json!(["bob"]), json!(["staff"]));
    let mut place = Place::new(&[guarding, playbook("end", "automatic", &["end-sessions"])]).await;
    place.turn().await;
    for person in ["alice", "bob", "carol"] {
        place.signal(TRAVEL, person).await;
    }
    place.turn().await;
    assert_eq!(place.noted(), [("end-sessions", "carol".to_owned())], "alice is in the group, bob is named");
    for spared in ["alice", "bob"] {
        let response = place.response("end", spared).await;
        assert_eq!(response.state, State::Spared);
        let approved = place.responses.approve(&response.id, Actor::System, place.now()).await;
        assert!(matches!(approved, Err(ResponseError::NotProposed)));
    }
}

#[tokio::test]
async fn i52_who_is_named_after_the_proposal_is_not_touched_either() {
    let ask = playbook("ask", "propose", &["end-sessions"]);
    let mut place = Place::new(std::slice::from_ref(&ask)).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    let proposed = place.response("ask", "alice").await;
    let mut naming = ask;
    naming["never"] = json!(["alice"]);
    place.playbook(&naming).await;
    let approved = place.responses.approve(&proposed.id, Actor::System, place.now()).await;
    assert!(matches!(approved, Err(ResponseError::Untouchable)));
    assert!(place.noted().is_empty());
}

#[tokio::test]
async fn i52_who_is_named_while_it_is_being_done_is_not_touched_any_more() {
    let end = playbook("end", "automatic", &["end-sessions"]);
    let mut place = Place::new(std::slice::from_ref(&end)).await;
    place.turn().await;
    *place.failing.lock().unwrap() = 1;
    place.signal(TRAVEL, "alice").await;
    place.failing_turn().await;
    let mut naming = end;
    naming["never"] = json!(["alice"]);
    place.playbook(&naming).await;
    place.turn().await;
    assert_eq!(states(&place.response("end", "alice").await), [StepState::Spared]);
    assert_eq!(place.noted().len(), 1, "only the attempt before");
}

#[tokio::test]
async fn a_condition_in_cedar_chooses_and_one_that_is_wrong_is_said() {
    let mut risky = playbook("risky", "automatic", &["end-sessions"]);
    risky["when"] = json!("context.risk > 50 && principal.employment == \"staff\"");
    let mut closing = playbook("closing", "automatic", &["end-sessions"]);
    closing["when"] = json!("false };\npermit (principal, action, resource) when { true");
    let mut unknown = playbook("unknown", "automatic", &["end-sessions"]);
    unknown["when"] = json!("principal.salary > 3");
    let mut place = Place::new(&[risky, closing, unknown]).await;
    place.turn().await;
    let now = place.now();
    let heavy = json!({ "id": "h", "about": { "user": "bob" }, "name": "other", "weight": 60, "seen_at": now,
        "ends_at": now.plus(sekisho_model::Span::from_minutes(60)) });
    place.here.put(Kind::Signal, "h", heavy).await;
    place.signal(TRAVEL, "alice").await;
    place.signal(TRAVEL, "bob").await;
    place.turn().await;
    assert_eq!(place.noted(), [("end-sessions", "bob".to_owned())]);
    let problems = place.responses.standing().problems;
    assert!(problems.len() == 2 && problems[0].contains("closing") && problems[1].contains("salary"), "{problems:?}");
}

#[tokio::test]
async fn i52_a_playbook_of_a_newer_version_lets_nothing_begin_by_itself() {
    let mut place = Place::new(&[playbook("end", "automatic", &["end-sessions"])]).await;
    place.here.put(Kind::Playbook, "newer", json!({ "id": "newer", "never_countries": ["JP"] })).await;
    place.turn().await;
    place.signal(TRAVEL, "alice").await;
    place.turn().await;
    let response = place.response("end", "alice").await;
    assert!(response.state == State::Proposed && place.noted().is_empty());
    let approved = place.responses.approve(&response.id, Actor::System, place.now()).await;
    assert!(matches!(approved, Err(ResponseError::Again(_))));
}
