//! API tokens at the API: what a token may do, and what remains of what it may not.

use axum::http::StatusCode;
use sekisho_control_plane::now;
use serde_json::{Value, json};

use crate::place::{Answer, Place};

/// A token of the administrators' member, with these limits.
async fn token(place: &Place, id: &str, more: Value) -> String {
    let mut wanted = json!({ "id": id, "roles": ["administrators"], "expires_at": now().as_millis() + 3_600_000 });
    wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = place.administer("POST", "/tokens", &[], &wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body["token"].as_str().unwrap().to_owned()
}

async fn ask(place: &Place, token: &str, method: &str, path: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let body = if method == "POST" { "{}" } else { "" };
    place.ask(None, method, path, &[("authorization", &bearer)], body).await
}

#[tokio::test]
async fn i25_a_token_does_what_its_limits_leave_and_a_request_outside_of_them_is_recorded() {
    let place = Place::new().await;
    let all = token(&place, "all", json!({})).await;
    let reads = token(&place, "reads", json!({ "read_only": true })).await;
    let users = token(&place, "users", json!({ "parts": ["platform-users"] })).await;
    for (token, method, path, status) in [
        (&all, "GET", "/users", 200),
        (&all, "GET", "/ledger", 200),
        (&all, "POST", "/users/alice/disable", 200),
        (&reads, "GET", "/users", 200),
        (&reads, "POST", "/users/alice/enable", 403),
        (&users, "GET", "/users", 200),
        (&users, "POST", "/users/alice/enable", 200),
        (&users, "GET", "/ledger", 403),
    ] {
        let answer = ask(&place, token, method, path).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.body);
    }
    let refused = place.administer("GET", "/acts?act=token-limit", &[], &Value::Null).await;
    let acts: Vec<&Value> =
        refused.body["items"].as_array().unwrap().iter().map(|entry| &entry["act"]["detail"]["act"]).collect();
    assert_eq!(acts, ["ledger-read", "user-enabled"]);
}

#[tokio::test]
async fn a_token_revokes_itself_and_others_only_as_far_as_it_may_administer_tokens() {
    let place = Place::new().await;
    let (all, other) = (token(&place, "all", json!({})).await, token(&place, "other", json!({})).await);
    let users = token(&place, "users", json!({ "parts": ["platform-users"] })).await;
    assert_eq!(ask(&place, &users, "POST", "/tokens/other/revoke").await.status, StatusCode::FORBIDDEN);
    assert_eq!(ask(&place, &all, "POST", "/tokens/other/revoke").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&place, &other, "GET", "/users").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&place, &users, "POST", "/tokens/users/revoke").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&place, &users, "GET", "/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_no_identifier_holds_is_refused() {
    let place = Place::new().await;
    for path in ["/users?after=%00", "/documents/resource/a%00b", "/documents/resource/a%0Ab", "/devices/%1B"] {
        assert_eq!(place.administer("GET", path, &[], &Value::Null).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
}
