//! My sign-in methods.

use aws_lc_rs::hmac;
use http::StatusCode;
use sekisho_model::{Span, Timestamp};

use crate::browser::Browser;
use crate::place::Place;

/// Sets up an authenticator app as its owner does, and gives its secret.
pub(crate) async fn set_up_totp(place: &Place, user: &str) -> String {
    let mut browser = Browser::new(place);
    browser.by_password(user).await;
    let token = browser.get("/methods").await.token();
    let page = browser.post("/methods/totp/new", &token, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let field =
        |text: &str, start: &str, end: &str| text.split_once(start).unwrap().1.split(end).next().unwrap().to_owned();
    let state = field(&page.text, "name=\"state\" value=\"", "\"");
    let secret = field(&page.text, "<code>", "</code>");
    let code = totp(&secret, place.now());
    let done = browser.post("/methods/totp/confirm", &token, &[("state", &state), ("code", &code)]).await;
    assert_eq!(done.location(), "/methods?done=totp-added", "{}", done.text);
    secret
}

/// The code that an authenticator app shows (RFC 6238).
pub(crate) fn totp(secret: &str, now: Timestamp) -> String {
    let mut bits = String::new();
    for letter in secret.chars().filter(char::is_ascii_alphanumeric) {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        bits.push_str(&format!("{value:05b}"));
    }
    let bits = bits.into_bytes();
    let whole = bits.chunks_exact(8).map(|byte| std::str::from_utf8(byte).unwrap());
    let key: Vec<u8> = whole.map(|byte| u8::from_str_radix(byte, 2).unwrap()).collect();
    let counter = u64::try_from(now.as_seconds() / 30).unwrap().to_be_bytes();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &counter);
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

#[tokio::test]
async fn a_passkey_is_renamed_and_the_last_way_in_is_kept() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut passkey).await;
    let page = browser.get("/methods").await;
    let id = page.text.split_once("action=\"/methods/passkey-").unwrap().1.split('/').next().unwrap().to_owned();
    let at = |what: &str| format!("/methods/passkey-{id}/{what}");
    let renamed = browser.post(&at("rename"), &page.token(), &[("name", "<i>Mine</i>")]).await;
    assert_eq!(renamed.location(), "/methods?done=renamed", "{}", renamed.text);
    assert!(browser.get("/methods").await.text.contains("&#60;i&#62;Mine&#60;/i&#62;"));
    let refused = browser.post(&at("remove"), &page.token(), &[]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("last way to sign in"), "{}", refused.text);
    let forged = browser.post("/methods/passkey-forged/remove", &page.token(), &[]).await;
    assert_eq!(forged.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_code_and_another_language_keep_the_picture_of_an_authenticator_app() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let (mut browser, mut other) = (Browser::new(&place), Browser::new(&place));
    browser.by_password("alice").await;
    other.by_password("alice").await;
    let token = browser.get("/methods").await.token();
    let page = browser.post("/methods/totp/new", &token, &[]).await.text;
    let part = |text: &str, start: &str| text.split_once(start).unwrap().1.split('"').next().unwrap().to_owned();
    let (picture, state) = (part(&page, "<img class=\"qr\" src=\""), part(&page, "name=\"state\" value=\""));
    let wrong = browser.post("/methods/totp/confirm", &token, &[("state", &state), ("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text.contains(&picture) && wrong.text.contains("The code is not right."), "{}", wrong.text);
    assert!(wrong.text.contains("action=\"/methods/totp/again\""), "{}", wrong.text);
    let switched = browser.post("/methods/totp/again", &token, &[("state", &state), ("language", "ja")]).await;
    assert_eq!(switched.status, StatusCode::OK);
    assert!(switched.text.contains(&picture) && switched.text.contains("<html lang=\"ja\">"), "{}", switched.text);
    // Another session does not get it.
    let others = other.get("/methods").await.token();
    let stolen = other.post("/methods/totp/again", &others, &[("state", &state), ("language", "ja")]).await;
    assert!(!stolen.status.is_success() && !stolen.text.contains(&picture), "{}", stolen.text);
}

#[tokio::test]
async fn a_change_needs_a_fresh_sign_in() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    place.pass(Span::from_minutes(10));
    let token = browser.get("/methods").await.token();
    let answer = browser.post("/methods/password", &token, &[("new", "another sentence of mine")]).await;
    assert_eq!(answer.location(), "/step-up?after=/methods%3Fdone%3Dconfirmed");
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let fields = [("password", crate::place::PASSWORD)];
    let confirmed = browser.post("/step-up?after=/methods%3Fdone%3Dconfirmed", &page.token(), &fields).await;
    assert_eq!(confirmed.location(), "/methods?done=confirmed", "{}", confirmed.text);
    let answer = browser.post("/methods/password", &token, &[("new", "another sentence of mine")]).await;
    assert_eq!(answer.location(), "/methods?done=password-set", "{}", answer.text);
}

#[tokio::test]
async fn recovery_codes_are_shown_once() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let token = browser.get("/methods").await.token();
    let page = browser.post("/methods/recovery", &token, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.text.matches("<li>").count() - page.text.matches("<li><a").count(), 10);
    assert_eq!(page.header("cache-control"), "private, no-store");
    let code = page.text.split_once("<ol class=\"codes\">").unwrap().1.split_once("<li>").unwrap().1;
    let code = code.split('<').next().unwrap();
    assert!(!browser.get("/methods").await.text.contains(code));
}
