//! Tabs of one browser that sign in at the same time: none of them stands in another's way, and none ends in a dead page.

use http::StatusCode;
use sekisho_model::Span;
use serde_json::json;

use crate::browser::Browser;
use crate::place::{PASSWORD, Place};

const TO_WIKI: &str = "/sign-in?to=wiki&return=/page%3Fa%3Db";
const AT_WIKI: &str = "/sign-in/to/wiki?return=/page%3Fa%3Db";
const BROWSER: &str = "__Host-sekisho-browser";

/// Opens a page as a tab that has no cookie yet, because the others have not been answered either.
async fn opened_at_once(browser: &mut Browser<'_>, path: &str) -> String {
    let before = std::mem::take(&mut browser.cookies);
    let token = browser.get(path).await.token();
    browser.cookies.extend(before);
    token
}

#[tokio::test]
async fn i18_the_forms_of_tabs_that_open_at_once_all_stay_good() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(opened_at_once(&mut browser, TO_WIKI).await);
    }
    assert_eq!(browser.cookies.keys().filter(|name| name.starts_with(BROWSER)).count(), 8);
    for (number, token) in tokens.iter().enumerate() {
        let name = format!("nobody-{number}");
        let wrong = browser.post(TO_WIKI, token, &[("user", &name), ("password", "not it")]).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "the form is taken");
    }
    // A browser that has a number keeps to it.
    browser.get("/sign-in").await;
    assert_eq!(browser.cookies.keys().filter(|name| name.starts_with(BROWSER)).count(), 8);
    // The token of a page is nothing in another browser.
    let mut other = Browser::new(&place);
    other.get("/sign-in").await;
    let foreign = other.post(TO_WIKI, &tokens[0], &[("user", "alice"), ("password", PASSWORD)]).await;
    assert!(foreign.location().contains("done=form-too-old") && !other.cookies.contains_key("__Host-sekisho"));
}

#[tokio::test]
async fn a_form_that_was_open_when_another_tab_signed_in_goes_on() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    let token = browser.get(TO_WIKI).await.token();
    browser.by_password("alice").await;
    let session = browser.cookies["__Host-sekisho"].clone();
    for password in [PASSWORD, "not it"] {
        let on = browser.post(TO_WIKI, &token, &[("user", " Alice "), ("password", password)]).await;
        assert_eq!((on.status, on.location()), (StatusCode::SEE_OTHER, AT_WIKI));
    }
    let code = browser.post("/sign-in/code?to=wiki&return=/x", &token, &[("code", "123456")]).await;
    assert_eq!(code.location(), "/sign-in/to/wiki?return=/x");
    let answer = json!({ "state": "", "response": {} });
    let script = browser.script("/sign-in/passkey/finish?to=wiki&return=/x", &token, &answer).await;
    assert_eq!(script.json()["location"], "/sign-in/to/wiki?return=/x");
    let home = browser.post("/sign-in", &token, &[("user", "alice"), ("password", PASSWORD)]).await;
    assert!(browser.get(home.location()).await.text.contains("You are already signed in."));
    // A person with another name reads whose session it is.
    let other = browser.post(TO_WIKI, &token, &[("user", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(other.status, StatusCode::OK);
    assert!(other.text.contains("You are already signed in") && other.text.contains("href=\"/sign-in/to/wiki?"));
    browser.language = "ja";
    let other = browser.post(TO_WIKI, &token, &[("user", "bob"), ("password", PASSWORD)]).await;
    assert!(other.text.contains("すでにサインインしています"), "{}", other.text);
    assert_eq!(browser.cookies["__Host-sekisho"], session);
}

#[tokio::test]
async fn a_page_that_is_too_old_is_opened_again_and_keeps_where_it_leads() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    let token = browser.get(TO_WIKI).await.token();
    place.pass(Span::from_minutes(13 * 60));
    let again = browser.post(TO_WIKI, &token, &[("user", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(again.location(), format!("{TO_WIKI}&done=form-too-old"));
    let to = again.location().to_owned();
    let page = browser.get(&to).await;
    assert!(page.text.contains("That page was too old"), "{}", page.text);
    let done = browser.post(TO_WIKI, &page.token(), &[("user", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(done.location(), AT_WIKI);
    // Who has signed in meanwhile goes on from there.
    assert_eq!(browser.get(&to).await.location(), AT_WIKI);
}

#[tokio::test]
async fn the_second_step_of_one_tab_outlives_the_first_of_another() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let secret = crate::methods::set_up_totp(&place, "alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let page = browser.get("/sign-in/code").await;
    let (_, state) = page.text.split_once("name=\"state\" value=\"").unwrap();
    let state = state.split('"').next().unwrap().to_owned();
    // Another tab begins, fails, and thereby has no first step any more.
    let token = browser.get("/sign-in").await.token();
    browser.post("/sign-in", &token, &[("user", "bob"), ("password", "not it")]).await;
    assert!(!browser.cookies.contains_key("__Host-sekisho-step"));
    place.pass(Span::from_seconds(60));
    let code = crate::methods::totp(&secret, place.now());
    let done = browser.post("/sign-in/code", &page.token(), &[("state", &state), ("code", &code)]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"), "{}", done.text);
    // A recovery code alone asks for the name, whatever was proven before in this browser.
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    assert!(browser.get("/sign-in/recovery?only=1").await.text.contains("name=\"user\""));
    assert!(!browser.get("/sign-in/recovery").await.text.contains("name=\"user\""));
}

#[tokio::test]
async fn a_renewed_session_cookie_is_not_removed_by_an_answer_that_was_late() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut passkey).await;
    let before = browser.cookies["__Host-sekisho"].clone();
    let token = browser.get("/").await.token();
    browser.ceremony("/step-up/passkey/start", "/step-up/passkey/finish", &token, &mut passkey).await;
    let renewed = browser.cookies.insert("__Host-sekisho".to_owned(), before.clone()).unwrap();
    assert_ne!(renewed, before);
    // Asked with the old cookie, which opens nothing at the portal, and answered after the new one was set.
    let late = browser.get("/sign-in").await;
    assert_eq!(late.status, StatusCode::OK, "the old cookie is nobody's");
    assert!(browser.cookies.contains_key("__Host-sekisho"), "and is not removed: it is the new one by now");
}
