//! A request that is sent again is not done twice.

use axum::http::StatusCode;
use serde_json::Value;

use crate::place::Place;

async fn disabled(place: &Place) -> usize {
    let acts = place.here.acts("user/alice").await;
    acts.iter().filter(|(_, code, _)| code == "user-disabled").count()
}

#[tokio::test]
async fn the_same_request_with_the_same_key_gets_the_same_answer() {
    let place = Place::new().await;
    let ask =
        async || place.administer("POST", "/users/alice/disable", &[("idempotency-key", "k-1")], &Value::Null).await;
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!((first.body, &first.headers["content-type"]), (second.body, &second.headers["content-type"]));
    // Enabling in between shows that the second one was not done again.
    place.administer("POST", "/users/alice/enable", &[], &Value::Null).await;
    ask().await;
    assert_eq!(disabled(&place).await, 1);
    let user = place.administer("GET", "/users/alice", &[], &Value::Null).await;
    assert_eq!(user.body["status"], "active");
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_caller() {
    let place = Place::new().await;
    let key = [("idempotency-key", "k-1")];
    assert_eq!(place.administer("POST", "/users/alice/disable", &key, &Value::Null).await.status, StatusCode::OK);
    let other = place.administer("POST", "/users/bob/disable", &key, &Value::Null).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let of_another = place.ask(Some("helpdesk"), "POST", "/users/bob/disable", &key, "").await;
    assert_eq!(of_another.status, StatusCode::OK);
    let refused = place.ask(Some("auditors"), "POST", "/users/alice/disable", &key, "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "a key opens nothing");
    let wrong = place.administer("POST", "/users/bob/disable", &[("idempotency-key", "")], &Value::Null).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_was_not_done_may_be_tried_again_and_a_secret_is_shown_once() {
    let place = Place::new().await;
    let key = [("idempotency-key", "k-1")];
    assert_eq!(place.administer("POST", "/users/zoe/disable", &key, &Value::Null).await.status, StatusCode::NOT_FOUND);
    let zoe = serde_json::json!({ "id": "zoe", "name": "Zoe" });
    place.administer("PUT", "/documents/user/zoe", &[], &zoe).await;
    assert_eq!(place.administer("POST", "/users/zoe/disable", &key, &Value::Null).await.status, StatusCode::OK);

    let key = [("idempotency-key", "k-2")];
    let link = place.administer("POST", "/users/alice/enrolment-link", &key, &Value::Null).await;
    assert_eq!(link.status, StatusCode::CREATED);
    let again = place.administer("POST", "/users/alice/enrolment-link", &key, &Value::Null).await;
    assert_eq!((again.status, again.body["code"].as_str()), (StatusCode::CONFLICT, Some("done-before")));
}
