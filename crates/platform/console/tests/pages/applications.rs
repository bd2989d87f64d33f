//! My applications, devices and sessions.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::proof::{ProofRequest, Statement};
use sekisho_model::documents::Kind;
use sekisho_model::{Record, RequestId, SessionId, StreamEnd};
use serde_json::json;

use crate::browser::Browser;
use crate::place::Place;

#[tokio::test]
async fn each_application_shows_what_the_engine_says() {
    let place = Place::new().await;
    place.give_password("alice").await;
    place.give_password("bob").await;
    let mut alice = Browser::new(&place);
    alice.by_password("alice").await;
    let page = alice.get("/").await.text;
    assert!(page.contains("href=\"https://wiki.localhost:8443/\""), "{page}");
    assert!(page.contains("href=\"/step-up?to=payroll\""), "{page}");
    assert!(page.contains("Confirm first"));
    let mut bob = Browser::new(&place);
    bob.by_password("bob").await;
    let page = bob.get("/").await.text;
    assert!(page.contains("href=\"https://wiki.localhost:8443/\""));
    assert!(!page.contains("payroll") && !page.contains("Payroll"), "what nothing would open for him is not named");
    assert!(!page.contains("/console"), "the console is not shown to him");
}

#[tokio::test]
async fn a_device_shows_its_failing_checks() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let page = browser.get("/devices").await.text;
    for expected in ["The firewall is off.", "Turn the firewall on.", "Not compliant", "Alice&#39;s &#60;laptop&#62;"] {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(page.contains("data-agent=\"http://127.0.0.1:47443/v1/proof\""));
}

#[tokio::test]
async fn a_device_proof_must_answer_this_sessions_challenge() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let token = browser.get("/devices").await.token();
    let challenge = browser.script("/device/challenge", &token, &json!({})).await.json();
    assert!(challenge["nonce"].is_string() && challenge["session"].is_string());
    let forged =
        json!({"nonce": challenge["nonce"], "device": "laptop", "signed_at": place.now(), "signature": "AAAA"});
    let refused = browser.script("/device/answer", &token, &forged).await;
    assert!(!refused.status.is_success() && refused.json()["problem"].is_string(), "{}", refused.text);
    let odd = browser.script("/device/answer", &token, &json!({"nonce": 1})).await;
    assert!(odd.status.is_client_error());
}

#[tokio::test]
async fn only_my_own_sessions_are_mine_to_end() {
    let place = Place::new().await;
    place.give_password("alice").await;
    place.give_password("bob").await;
    let (mut here, mut there, mut bob) = (Browser::new(&place), Browser::new(&place), Browser::new(&place));
    here.by_password("alice").await;
    there.by_password("alice").await;
    bob.by_password("bob").await;
    let page = here.get("/sessions").await;
    assert_eq!(page.text.matches("/end\"").count(), 2);
    let ids: Vec<String> = page
        .text
        .split("/sessions/")
        .skip(1)
        .filter_map(|rest| rest.split_once("/end"))
        .map(|(id, _)| id.to_owned())
        .collect();
    let bobs_token = bob.get("/sessions").await.token();
    for id in &ids {
        let stolen = bob.post(&format!("/sessions/{id}/end"), &bobs_token, &[]).await;
        assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(bob.post("/sessions/zz/end", &bobs_token, &[]).await.status, StatusCode::NOT_FOUND);
    let mut ended = 0;
    for id in &ids {
        let answer = here.post(&format!("/sessions/{id}/end"), &page.token(), &[]).await;
        ended += usize::from(answer.status == StatusCode::SEE_OTHER);
        if answer.location().starts_with("/sign-in") {
            break;
        }
    }
    assert!(ended >= 1);
    assert_eq!(here.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_cut_is_told_with_its_reason() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let end = |subject: &str, reason: &str, world| {
        Record::StreamEnd(StreamEnd {
            at: place.now(),
            request: RequestId::new(format!("cut-{reason}")),
            subject: subject.to_owned(),
            session: SessionId::from_bytes([1; 16]),
            resource: "payroll".to_owned(),
            reason: reason.to_owned(),
            world,
            delay_ms: Some(12),
            carried: None,
        })
    };
    let records =
        vec![end("alice", "device-not-compliant", 7), end("alice", "closed", 0), end("bob", "session-ended", 8)];
    place.site.ledger.append_all(records).await.unwrap();
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let page = browser.get("/sessions").await.text;
    assert!(page.contains("The device does not comply.") && page.contains("cut-device-not-compliant"), "{page}");
    assert!(!page.contains("cut-closed") && !page.contains("cut-session-ended"));
}

#[tokio::test]
async fn i16_a_device_that_signs_the_challenge_is_bound_to_the_session() {
    let place = Place::new().await;
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public.as_ref());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let device = json!({"id": "desk", "name": "Desk", "owner": "alice", "platform": "linux",
        "key_sha256": hash, "public_key": STANDARD.encode(public.as_ref())});
    place.put(Kind::Device, "desk", device).await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let token = browser.get("/devices").await.token();
    let challenge = browser.script("/device/challenge", &token, &json!({})).await.json();
    let asked: ProofRequest = serde_json::from_value(challenge).unwrap();
    let signed = |session: &SessionId| {
        let device = "desk".parse().unwrap();
        let statement = Statement {
            nonce: &asked.nonce.0,
            portal_origin: crate::place::ORIGIN,
            session,
            device: &device,
            signed_at: place.now(),
        };
        let signature = key.sign(&SystemRandom::new(), &statement.signed_bytes()).unwrap();
        json!({"nonce": asked.nonce, "device": "desk", "signed_at": place.now(),
            "signature": Base64(signature.as_ref().to_vec())})
    };
    let answer = signed(&asked.session);
    let done = browser.script("/device/answer", &token, &answer).await;
    assert_eq!(done.json()["location"], "/devices?done=device-proven", "{}", done.text);
    assert!(browser.get("/devices").await.text.contains("This session has proven that it runs on desk."));
    let again = browser.script("/device/answer", &token, &answer).await;
    assert!(!again.status.is_success(), "a proof counts once");
    let next = browser.script("/device/challenge", &token, &json!({})).await.json();
    let mut wrong = signed(&SessionId::from_bytes([1; 16]));
    wrong["nonce"] = next["nonce"].clone();
    assert!(!browser.script("/device/answer", &token, &wrong).await.status.is_success());
}

#[tokio::test]
async fn an_application_below_a_prefix_is_opened_where_it_begins() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let upstream = json!({"addresses": ["127.0.0.1:9"], "strip_prefix": "/api/v1"});
    let resource =
        json!({"id": "api", "name": {"en": "API"}, "host": "api.localhost", "upstream": upstream, "sensitivity": 0});
    place.put(Kind::Resource, "api", resource).await;
    let text = "permit(principal, action, resource == Sekisho::Resource::\"api\");";
    place.put(Kind::Policy, "api", json!({ "text": text })).await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let home = browser.get("/").await.text;
    assert!(home.contains("href=\"https://api.localhost:8443/api/v1/\""), "{home}");
    let answer = browser.get("/sign-in/to/api").await;
    assert_eq!(answer.location(), "https://api.localhost:8443/api/v1/");
    // What was asked for stays what was asked for.
    let answer = browser.get("/sign-in/to/api?return=/api/v1/x").await;
    assert_eq!(answer.location(), "https://api.localhost:8443/api/v1/x");
}
