//! Applying documents.

use sekisho_control_plane::ApplyError;
use sekisho_model::Actor;
use sekisho_model::documents::Kind;
use serde_json::json;

use sekisho_testbed::{Installation, user};

#[tokio::test]
async fn a_plan_that_meets_another_change_is_recorded_as_not_done() {
    let here = Installation::new().await;
    let operator = || Actor::Operator("root".to_owned());
    let late = here.control_plane.plan(&[user("alice", "disabled")], false).await.unwrap();
    let mut renamed = user("alice", "active");
    renamed.body["name"] = json!("Alice A.");
    here.apply(renamed, Actor::System).await;
    let refused = here.control_plane.execute(&late, operator()).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Conflict(_)), "{refused}");
    let acts = here.acts("user/alice").await;
    let of_operator: Vec<_> = acts.iter().filter(|(actor, ..)| actor == "operator:root").collect();
    let expected = [
        ("operator:root".to_owned(), "document-put".to_owned(), json!({ "fields": ["status"] })),
        ("operator:root".to_owned(), "not-done".to_owned(), json!({ "of": "document-put" })),
    ];
    assert_eq!(of_operator, expected.iter().collect::<Vec<_>>());
    let alice = here.control_plane.store.get(Kind::User, "alice").await.unwrap().unwrap();
    assert_eq!((alice.body["status"].as_str(), alice.actor.as_str()), (Some("active"), "sekisho"));
}

#[tokio::test]
async fn the_history_names_an_actor_as_the_ledger_does() {
    let here = Installation::new().await;
    here.apply(user("alice", "disabled"), Actor::Operator("root".to_owned())).await;
    let alice = here.control_plane.store.get(Kind::User, "alice").await.unwrap().unwrap();
    assert_eq!(alice.actor, "operator:root");
}
