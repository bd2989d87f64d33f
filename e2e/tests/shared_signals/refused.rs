//! What does nothing: each is the neighbour of an event that cuts.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::place::{MAIL, Place, alive, end_of, was_cut};
use crate::transmitter::{email, now};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i61_forged_foreign_old_and_unknown_events_do_nothing() {
    let mut place = Place::new().await;
    let mut socket = place.socket().await;
    let good = place.transmitter.claims("session-revoked", &email(MAIL));
    let with = |field: &str, value: Value| {
        let mut claims = good.clone();
        claims[field] = value;
        claims
    };
    // Signed as it should be, and not what counts.
    for (claims, code) in [
        (with("iss", json!("https://idp.example.com")), "invalid_issuer"),
        (with("aud", json!("https://other.example.jp")), "invalid_audience"),
        (with("aud", json!(["https://other.example.jp"])), "invalid_audience"),
        (with("iat", json!(now() - 400)), "invalid_request"),
        (with("iat", json!(now() + 400)), "invalid_request"),
        (with("exp", json!(now() + 400)), "invalid_request"),
        (with("sub", json!("runner")), "invalid_request"),
        (with("jti", Value::Null), "invalid_request"),
        (with("events", json!({})), "invalid_request"),
    ] {
        let told = place.transmitter.send("idp", &claims).await.unwrap();
        assert_eq!((told.status, &told.body["err"]), (400, &json!(code)), "{claims} {}", told.body);
        assert!(told.body["description"].is_string());
    }
    // What counts, and not signed as it should be.
    for (more, code) in [
        (json!({ "forged": true }), "invalid_key"),
        (json!({ "alg": "none" }), "invalid_key"),
        (json!({ "alg": "none", "header": { "kid": "es" } }), "invalid_key"),
        (json!({ "alg": "HS256", "header": { "kid": "es" } }), "invalid_key"),
        (json!({ "header": { "kid": "rs" } }), "invalid_key"),
        (json!({ "header": { "typ": "JWT" } }), "invalid_request"),
    ] {
        let token = place.transmitter.sign(&good, more.clone()).await.unwrap();
        let told = place.transmitter.push("idp", &token).await.unwrap();
        assert_eq!((told.status, &told.body["err"]), (400, &json!(code)), "{more} {}", told.body);
    }
    let token = place.transmitter.sign(&good, json!({})).await.unwrap();
    let told = place.transmitter.push("nobody", &token).await.unwrap();
    assert_eq!((told.status, &told.body["err"]), (403, &json!("access_denied")));
    let told = place.transmitter.post("idp", &[("Content-Type", "application/json")], &token).await.unwrap();
    assert_eq!((told.status, &told.body["err"]), (400, &json!("invalid_request")));
    let told = place.transmitter.push("idp", &"x".repeat(70_000)).await.unwrap();
    assert_eq!((told.status, &told.body["err"]), (413, &json!("invalid_request")));
    alive(&mut socket).await;
    // It counts, and names nobody, or nobody alone.
    for subject in [
        email("nobody@example.jp"),
        email("shared@example.jp"),
        json!({ "format": "opaque", "id": "nobody" }),
        json!({ "format": "iss_sub", "iss": "https://other.example.jp", "sub": "runner" }),
        json!({ "format": "phone_number", "phone_number": "+81312345678" }),
        Value::Null,
    ] {
        let claims = place.transmitter.claims("session-revoked", &subject);
        assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202, "{subject}");
    }
    let claims = place.transmitter.claims("token-claims-change", &email(MAIL));
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    alive(&mut socket).await;
    assert_eq!(place.asked().await, 200);
    let received = place.command(&["shared-signal", "received"]).await;
    let outcomes: Vec<&str> = received.as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes[0], "nothing-to-do");
    assert!(outcomes[1..].iter().all(|outcome| *outcome == "unknown-subject") && outcomes.len() == 7, "{outcomes:?}");
    let acts = place.command(&["act", "list"]).await.to_string();
    assert!(!acts.contains("sessions-ended"), "{acts}");
    // And the first one, as it should be.
    let end = tokio::spawn(end_of(socket));
    assert_eq!(place.transmitter.push("idp", &token).await.unwrap().status, 202);
    was_cut(end, Instant::now()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i60_a_receipt_outlives_the_process_and_a_transmitter_that_is_off_is_not_heard() {
    let mut place = Place::new().await;
    let claims = place.transmitter.claims("session-revoked", &json!({ "format": "opaque", "id": "runner" }));
    let token = place.transmitter.sign(&claims, json!({})).await.unwrap();
    assert_eq!(place.transmitter.push("idp", &token).await.unwrap().status, 202);
    assert_eq!(place.asked().await, 303);
    place.person.sign_in().await.unwrap();
    let mut place = place.restarted().await;
    assert_eq!(place.transmitter.push("idp", &token).await.unwrap().status, 202);
    let socket = place.socket().await;
    let received = place.command(&["shared-signal", "received"]).await;
    assert_eq!((&received[0]["outcome"], received.as_array().unwrap().len()), (&json!("repeated"), 1), "{received}");
    // Off: refused. On again: heard.
    let claims = place.transmitter.claims("session-revoked", &json!({ "format": "opaque", "id": "runner" }));
    place.turn(false).await;
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 403);
    assert_eq!(place.asked().await, 200);
    place.turn(true).await;
    let end = tokio::spawn(end_of(socket));
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    was_cut(end, Instant::now()).await;
}
