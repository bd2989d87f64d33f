//! The one-time link.

use http::StatusCode;
use serde_json::json;

use crate::browser::Browser;
use crate::place::{ORIGIN, PASSWORD, Place};

#[tokio::test]
async fn a_link_enrols_once_and_signs_in() {
    let place = Place::new().await;
    let token = place.link("alice").await;
    let path = format!("/enroll/{token}");
    let mut browser = Browser::new(&place);
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Welcome, Alice Aoki"));
    assert_eq!(browser.get(&path).await.status, StatusCode::OK, "looking does not use it up");
    let short = browser.post(&format!("{path}/password"), &page.token(), &[("new", "short")]).await;
    assert_eq!(short.status, StatusCode::BAD_REQUEST);
    let done = browser.post(&format!("{path}/password"), &page.token(), &[("new", PASSWORD)]).await;
    assert_eq!(done.location(), "/methods?done=welcome", "{}", done.text);
    assert!(browser.get(done.location()).await.text.contains("Add a second way to sign in"));
    let mut other = Browser::new(&place);
    assert_eq!(other.get(&path).await.status, StatusCode::BAD_REQUEST, "the link was used");
}

#[tokio::test]
async fn a_link_enrols_a_passkey() {
    let place = Place::new().await;
    let path = format!("/enroll/{}", place.link("bob").await);
    let mut browser = Browser::new(&place);
    let token = browser.get(&path).await.token();
    let begun = browser.script(&format!("{path}/passkey/start"), &token, &json!({})).await.json();
    let mut passkey = sekisho_software_passkey::SoftwarePasskey::default();
    let response = passkey.create(&begun["options"], ORIGIN).unwrap();
    let answer = json!({"state": begun["state"], "response": response, "name": "My phone"});
    let done = browser.script(&format!("{path}/passkey/finish"), &token, &answer).await;
    assert_eq!(done.json()["location"], "/methods?done=welcome", "{}", done.text);
    assert!(browser.get("/methods").await.text.contains("My phone"));
}

#[tokio::test]
async fn a_link_does_not_turn_a_session_into_anothers() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let path = format!("/enroll/{}", place.link("bob").await);
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let page = browser.get(&path).await;
    assert!(page.text.contains("Sign out first"));
    let refused = browser.post(&format!("{path}/password"), &page.token(), &[("new", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(browser.get("/").await.text.contains("Alice Aoki"));
}

#[tokio::test]
async fn a_forged_link_is_nothing() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    for token in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "..", "%00"] {
        assert!(browser.get(&format!("/enroll/{token}")).await.status.is_client_error(), "{token}");
    }
}
