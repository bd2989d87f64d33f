//! Authenticating again.

use http::StatusCode;
use sekisho_model::Span;
use serde_json::json;

use crate::browser::Browser;
use crate::place::{ORIGIN, PASSWORD, Place};

#[tokio::test]
async fn a_weaker_sign_in_is_raised_with_a_passkey_under_a_new_cookie() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut passkey = passkey_added(&place).await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let before = browser.cookies["__Host-sekisho"].clone();
    let page = browser.get("/step-up?to=payroll&return=/").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("Payroll"));
    assert!(!page.text.contains("type=\"password\""), "a password is not enough here");
    let finish = "/step-up/passkey/finish?to=payroll&return=/";
    let done = browser.ceremony("/step-up/passkey/start", finish, &page.token(), &mut passkey).await;
    assert_eq!(done.json()["location"], "/sign-in/to/payroll?return=/", "{}", done.text);
    let after = browser.cookies["__Host-sekisho"].clone();
    assert_ne!(before, after);
    assert_eq!(browser.get("/step-up?to=payroll&return=/").await.status, StatusCode::SEE_OTHER);
    browser.cookies.insert("__Host-sekisho".to_owned(), before);
    assert_eq!(browser.get("/").await.location(), "/sign-in?after=/", "the older cookie is dead");
}

#[tokio::test]
async fn a_demand_comes_back_when_the_sign_in_is_old() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut passkey).await;
    assert_eq!(browser.get("/step-up?to=payroll").await.location(), "/sign-in/to/payroll");
    place.pass(Span::from_seconds(15 * 60 + 1));
    assert_eq!(browser.get("/step-up?to=payroll").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_does_not_do_where_a_passkey_is_demanded() {
    let place = Place::new().await;
    place.give_password("alice").await;
    passkey_added(&place).await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let token = browser.get("/step-up?to=payroll").await.token();
    let before = browser.cookies["__Host-sekisho"].clone();
    let refused = browser.post("/step-up?to=payroll", &token, &[("password", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.cookies["__Host-sekisho"], before);
}

#[tokio::test]
async fn another_persons_passkey_is_refused() {
    let place = Place::new().await;
    let (mut alices, mut bobs) = (place.give_passkey("alice").await, place.give_passkey("bob").await);
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut alices).await;
    place.pass(Span::from_minutes(20));
    let token = browser.get("/step-up?to=payroll").await.token();
    // Bob's answer to a challenge of his own, brought into Alice's session.
    let mut bob = Browser::new(&place);
    let bobs_token = bob.get("/sign-in").await.token();
    let begun = bob.script("/sign-in/passkey/start", &bobs_token, &json!({})).await.json();
    let response = bobs.assert(&begun["options"], ORIGIN).unwrap();
    let answer = json!({"state": begun["state"], "response": response});
    let refused = browser.script("/step-up/passkey/finish?to=payroll", &token, &answer).await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
    let home = browser.get("/").await;
    assert!(home.text.contains("Alice Aoki"), "the session is still Alice's");
    assert_eq!(browser.get("/step-up?to=payroll").await.status, StatusCode::OK, "and no stronger");
}

#[tokio::test]
async fn where_signing_in_again_does_not_help_it_is_not_asked_for() {
    let place = Place::new().await;
    place.give_password("bob").await;
    let mut browser = Browser::new(&place);
    browser.by_password("bob").await;
    let page = browser.get("/step-up?to=payroll").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Access was denied"));
    assert_eq!(browser.get("/step-up?to=nothing").await.status, StatusCode::NOT_FOUND);
}

/// Alice adds a passkey to her password.
async fn passkey_added(place: &Place) -> sekisho_software_passkey::SoftwarePasskey {
    let mut browser = Browser::new(place);
    browser.by_password("alice").await;
    let token = browser.get("/methods").await.token();
    let begun = browser.script("/methods/passkey/start", &token, &json!({})).await.json();
    let mut passkey = sekisho_software_passkey::SoftwarePasskey::default();
    let response = passkey.create(&begun["options"], ORIGIN).unwrap();
    let answer = json!({"state": begun["state"], "response": response, "name": ""});
    let done = browser.script("/methods/passkey/finish", &token, &answer).await;
    assert_eq!(done.json()["location"], "/methods?done=passkey-added", "{}", done.text);
    passkey
}
