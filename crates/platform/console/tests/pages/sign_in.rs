//! Signing in and out.

use http::StatusCode;

use crate::browser::Browser;
use crate::place::{PASSWORD, Place};

#[tokio::test]
async fn a_password_opens_a_session_and_signing_out_ends_it() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    let answer = browser.by_password("alice").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.text.contains("Alice Aoki"));
    let out = browser.post("/sign-out", &home.token(), &[]).await;
    assert_eq!(out.location(), "/sign-in?done=signed-out");
    assert!(!browser.cookies.contains_key("__Host-sekisho"));
    assert_eq!(browser.get("/").await.location(), "/sign-in?after=/");
}

#[tokio::test]
async fn a_session_ends_though_its_cookie_was_kept() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let kept = browser.cookies.clone();
    let token = browser.get("/").await.token();
    browser.post("/sign-out", &token, &[]).await;
    browser.cookies = kept;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_out_is_not_a_link() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    assert_eq!(browser.get("/sign-out").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_user_name() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    let answer = browser.by_passkey(&mut passkey).await;
    assert_eq!(answer.json()["location"], "/", "{}", answer.text);
    assert!(browser.get("/").await.text.contains("Passkey"));
}

#[tokio::test]
async fn i14_an_unknown_user_and_a_wrong_password_get_one_answer() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut pages = Vec::new();
    for user in ["alice", "bob", "nobody", "ALICE", "a b", "'; drop table x", ""] {
        let mut browser = Browser::new(&place);
        let token = browser.get("/sign-in").await.token();
        let answer = browser.post("/sign-in", &token, &[("user", user), ("password", "wrong wrong wrong")]).await;
        pages.push((user, answer.status, answer.text.replace(&answer.token(), "")));
    }
    for (user, status, text) in &pages {
        assert_eq!(*status, StatusCode::BAD_REQUEST, "{user}");
        assert_eq!(*text, pages[0].2, "{user}");
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_wrong_one_refused() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let secret = crate::methods::set_up_totp(&place, "alice").await;
    let mut browser = Browser::new(&place);
    let answer = browser.by_password("alice").await;
    assert_eq!(answer.location(), "/sign-in/code");
    assert!(!browser.cookies.contains_key("__Host-sekisho"), "no session before the second factor");
    let page = browser.get("/sign-in/code").await;
    let wrong = browser.post("/sign-in/code", &page.token(), &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text.contains("role=\"alert\""));
    place.pass(sekisho_model::Span::from_seconds(60));
    let code = crate::methods::totp(&secret, place.now());
    let answer = browser.post("/sign-in/code", &page.token(), &[("code", &code)]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{}", answer.text);
    assert!(!browser.cookies.contains_key("__Host-sekisho-step"), "the step is over");
    assert!(browser.get("/").await.text.contains("assurance level 2"));
}

#[tokio::test]
async fn a_second_step_without_the_first_is_nothing() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    let token = browser.get("/sign-in/code").await.token();
    for step in [None, Some("forged"), Some("")] {
        match step {
            Some(step) => drop(browser.cookies.insert("__Host-sekisho-step".to_owned(), step.to_owned())),
            None => drop(browser.cookies.remove("__Host-sekisho-step")),
        }
        let answer = browser.post("/sign-in/code", &token, &[("code", "123456")]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{step:?}");
        assert!(!browser.cookies.contains_key("__Host-sekisho"));
    }
}

#[tokio::test]
async fn what_came_after_sign_in_is_gone_on_to_and_nothing_else() {
    let place = Place::new().await;
    place.give_password("alice").await;
    for (after, expected) in [
        ("/devices", "/devices"),
        ("/methods?a=b", "/methods?a=b"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ] {
        let mut browser = Browser::new(&place);
        let path = format!("/sign-in?after={}", crate::browser::encode(after));
        let token = browser.get(&path).await.token();
        let answer = browser.post(&path, &token, &[("user", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(answer.location(), expected);
    }
}

#[tokio::test]
async fn a_fixed_or_altered_session_cookie_is_nobodys() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.cookies.insert("__Host-sekisho".to_owned(), "A".repeat(70));
    browser.by_password("alice").await;
    let value = browser.cookies["__Host-sekisho"].clone();
    assert_ne!(value, "A".repeat(70));
    for altered in [
        value.to_ascii_uppercase(),
        value.chars().skip(1).collect(),
        format!("{value}A"),
        format!("*{value}"),
        String::new(),
    ] {
        browser.cookies.insert("__Host-sekisho".to_owned(), altered.clone());
        assert_eq!(browser.get("/devices").await.location(), "/sign-in?after=/devices", "{altered}");
    }
}

#[tokio::test]
async fn a_used_up_account_gets_no_further() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let mut disabled = crate::place::person("alice", "Alice Aoki", &["staff"]);
    disabled["status"] = serde_json::json!("disabled");
    place.put(sekisho_model::documents::Kind::User, "alice", disabled).await;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    let mut again = Browser::new(&place);
    assert_eq!(again.by_password("alice").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_recovery_code_opens_a_session_once() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut owner = Browser::new(&place);
    owner.by_passkey(&mut passkey).await;
    let token = owner.get("/methods").await.token();
    let page = owner.post("/methods/recovery", &token, &[]).await.text;
    let code = page.split_once("<ol class=\"codes\">").unwrap().1.split_once("<li>").unwrap().1;
    let code = code.split('<').next().unwrap();
    let mut browser = Browser::new(&place);
    let token = browser.get("/sign-in/recovery").await.token();
    let mut pages = Vec::new();
    for user in ["alice", "nobody"] {
        let wrong = browser.post("/sign-in/recovery", &token, &[("user", user), ("code", "aaaa-bbbb")]).await;
        pages.push((wrong.status, wrong.text));
    }
    assert_eq!(pages[0], pages[1], "no answer tells whether an account exists");
    let done = browser.post("/sign-in/recovery", &token, &[("user", "alice"), ("code", code)]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"), "{}", done.text);
    assert!(browser.get("/").await.text.contains("assurance level 1"));
    let mut again = Browser::new(&place);
    let token = again.get("/sign-in/recovery").await.token();
    let used = again.post("/sign-in/recovery", &token, &[("user", "alice"), ("code", code)]).await;
    assert_eq!(used.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_browser_that_is_known_signs_in_while_strangers_fail_at_its_address() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let (mut known, mut strangers) = (Browser::new(&place), Browser::new(&place));
    known.by_password("alice").await;
    let token = known.get("/").await.token();
    known.post("/sign-out", &token, &[]).await;
    let token = strangers.get("/sign-in").await.token();
    for number in 0..40 {
        let name = format!("nobody-{number}");
        strangers.post("/sign-in", &token, &[("user", &name), ("password", "not the right phrase")]).await;
    }
    assert_eq!(strangers.by_password("alice").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(known.by_password("alice").await.location(), "/");
    // Known to one person only.
    let token = known.get("/").await.token();
    known.post("/sign-out", &token, &[]).await;
    assert_eq!(known.by_password("bob").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn one_session_is_challenged_and_led_on_so_often_in_a_minute() {
    let place = Place::new().await;
    let (mut alices, mut admins) = (place.give_passkey("alice").await, place.give_passkey("admin").await);
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut alices).await;
    let token = browser.get("/devices").await.token();
    let flow = "A".repeat(43);
    let mut refused = 0;
    for number in 0..300 {
        let answer = match number % 2 {
            0 => browser.script("/device/challenge", &token, &serde_json::json!({})).await,
            _ => browser.get(&format!("/sign-in/to/wiki?return=/&flow={flow}")).await,
        };
        refused += u32::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 180);
    let kept = place.site.store.list_all(sekisho_model::documents::Kind::OneTime).await.unwrap().len();
    assert!(kept <= 120, "{kept} one-time documents");
    let mut other = Browser::new(&place);
    other.by_passkey(&mut admins).await;
    let token = other.get("/devices").await.token();
    assert_eq!(other.script("/device/challenge", &token, &serde_json::json!({})).await.status, StatusCode::OK);
    place.pass(sekisho_model::Span::from_minutes(1));
    let token = browser.get("/devices").await.token();
    assert_eq!(browser.script("/device/challenge", &token, &serde_json::json!({})).await.status, StatusCode::OK);
}
