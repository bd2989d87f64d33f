//! Shared signals of the built binary: what a transmitter of others signs cuts what is open, once; what it did not sign, or not for us, does
//! nothing.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod device;
mod place;
mod refused;
mod sent;
mod transmitter;
mod webhooks;

use place::{MAIL, Place, alive, end_of, was_cut};
use sekisho_e2e::platform::example::OPEN;
use serde_json::{Value, json};
use tokio::time::Instant;
use transmitter::{email, now};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_revoked_cuts_an_open_websocket_within_a_second() {
    let mut place = Place::new().await;
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let socket = place.socket().await;
        let claims = place.transmitter.claims("session-revoked", &email(MAIL));
        let token = place.transmitter.sign(&claims, json!({ "alg": algorithm })).await.unwrap();
        let end = tokio::spawn(end_of(socket));
        let told = place.transmitter.push("idp", &token).await.unwrap();
        let answered = Instant::now();
        assert_eq!((told.status, &told.body), (202, &Value::Null), "{algorithm}");
        println!("cut {} ms after the answer", was_cut(end, answered).await);
        assert_eq!(place.asked().await, 303, "nothing opens any more");
        let page = place.person.portal("/sign-in").await.unwrap().body;
        assert!(algorithm != "ES256" || page.contains("another system reported"), "{page}");
        place.person.sign_in().await.unwrap();
        // The same event again: the new session goes on.
        let mut socket = place.socket().await;
        assert_eq!(place.transmitter.push("idp", &token).await.unwrap().status, 202);
        alive(&mut socket).await;
        assert_eq!(place.asked().await, 200);
    }
    let received = place.command(&["shared-signal", "received"]).await;
    let outcomes: Vec<&str> = received.as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["repeated", "done", "repeated", "done", "repeated", "done"]);
    let acts = place.command(&["act", "list"]).await;
    let count = |code: &str| acts.as_array().unwrap().iter().filter(|act| act["act"]["act"] == code).count();
    assert_eq!((count("shared-signal-received"), count("sessions-ended")), (3, 3), "{acts}");
    let listed = place.command(&["shared-signal", "list"]).await;
    assert_eq!((&listed[0]["received"], &listed[0]["refused"]), (&json!(6), &json!(0)), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credential_change_asks_for_a_new_sign_in_of_whoever_signed_in_before() {
    let mut place = Place::new().await;
    let mut socket = place.socket().await;
    // It happened before this session was authenticated, and is reported now.
    let changed = |place: &mut Place, at: i64| {
        let mut claims = place.transmitter.claims("credential-change", &email(MAIL));
        claims["events"] = json!({ "https://schemas.openid.net/secevent/caep/event-type/credential-change": {
            "event_timestamp": at, "credential_type": "password", "change_type": "update" } });
        claims
    };
    let claims = changed(&mut place, now() - 120);
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    alive(&mut socket).await;
    assert_eq!(place.asked().await, 200);
    // It happened after.
    let claims = changed(&mut place, now());
    let end = tokio::spawn(end_of(socket));
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    was_cut(end, Instant::now()).await;
    assert_eq!(place.asked().await, 303);
    place.person.sign_in().await.unwrap();
    place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
}
