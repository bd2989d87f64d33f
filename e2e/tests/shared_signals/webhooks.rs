//! Webhooks with a keyed hash: signed by the package `standardwebhooks`, and by Python's own HMAC.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::place::{MAIL, Place, alive, end_of, was_cut};
use crate::transmitter::{Told, now};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA==";
const DOCUMENTS: &str = r#"
[[transmitter]]
id = "standard"
[transmitter.source.webhook]
signature = "standard-webhooks"
event = "/type"
subject = "/data/mail"
[transmitter.events]
"user.compromised" = "end-sessions"

[[transmitter]]
id = "named"
[transmitter.source.webhook]
signature = { hmac-sha256 = { header = "x-signature", identifier = "/id", time = "/at" } }
event = "/type"
subject = "/who"
subject_is = "identifier"
[transmitter.events]
"user.compromised" = "end-sessions"
[transmitter.subjects]
"u-7" = "runner"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i61_a_webhook_with_the_secret_cuts_and_one_without_does_nothing() {
    let mut place = Place::new().await;
    place.platform.apply(&[("webhooks.toml", DOCUMENTS)]).await.unwrap();
    let mut socket = place.socket().await;
    let told = standard(&mut place, SECRET, "m-1", now(), "user.compromised").await;
    assert_eq!((told.status, &told.body["err"]), (400, &json!("invalid_key")), "no secret is set");
    for transmitter in ["standard", "named"] {
        let file = place.platform.data().with_file_name("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        place
            .command(&["shared-signal", "set-secret", transmitter, "--secret-file", &file.display().to_string()])
            .await;
    }
    for (secret, at, code) in [(OTHER, now(), "invalid_key"), (SECRET, now() - 700, "invalid_request")] {
        let told = standard(&mut place, secret, "m-1", at, "user.compromised").await;
        assert_eq!((told.status, &told.body["err"]), (400, &json!(code)));
    }
    assert_eq!(standard(&mut place, SECRET, "m-2", now(), "user.greeted").await.status, 202);
    alive(&mut socket).await;
    let (at, end) = (now(), tokio::spawn(end_of(socket)));
    assert_eq!(standard(&mut place, SECRET, "m-1", at, "user.compromised").await.status, 202);
    was_cut(end, Instant::now()).await;
    place.person.sign_in().await.unwrap();

    let mut socket = place.socket().await;
    assert_eq!(standard(&mut place, SECRET, "m-1", at, "user.compromised").await.status, 202, "replayed");
    let (body, value) = named(&mut place, SECRET, "n-1", "u-7").await;
    let forged = body.replace("u-7", "runner");
    assert_eq!(post_named(&place, &forged, &value).await.status, 400);
    let (unknown, of_unknown) = named(&mut place, SECRET, "n-0", "u-8").await;
    assert_eq!(post_named(&place, &unknown, &of_unknown).await.status, 202);
    alive(&mut socket).await;
    let end = tokio::spawn(end_of(socket));
    assert_eq!(post_named(&place, &body, &format!("sha256={value}")).await.status, 202);
    was_cut(end, Instant::now()).await;
    let acts = place.command(&["act", "list"]).await.to_string();
    assert!(acts.contains("transmitter-secret-set") && !acts.contains(SECRET), "{acts}");
}

/// Sends a webhook that the package signed.
async fn standard(place: &mut Place, secret: &str, id: &str, at: i64, what: &str) -> Told {
    let body = json!({ "type": what, "data": { "mail": MAIL } }).to_string();
    let asked = json!({ "do": "webhook", "secret": secret, "id": id, "at": at, "body": body });
    let signature = place.transmitter.word(&asked).await.unwrap();
    let at = at.to_string();
    let fields = [
        ("Content-Type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", at.as_str()),
        ("webhook-signature", signature.as_str().unwrap()),
    ];
    place.transmitter.post("standard", &fields, &body).await.unwrap()
}

/// A body and the hash over it.
async fn named(place: &mut Place, secret: &str, id: &str, who: &str) -> (String, String) {
    let body = json!({ "type": "user.compromised", "id": id, "at": now(), "who": who }).to_string();
    let hashed: Value = place.transmitter.word(&json!({ "do": "hash", "secret": secret, "body": body })).await.unwrap();
    (body, hashed.as_str().unwrap().to_owned())
}

async fn post_named(place: &Place, body: &str, value: &str) -> Told {
    let fields = [("Content-Type", "application/json"), ("x-signature", value)];
    place.transmitter.post("named", &fields, body).await.unwrap()
}
