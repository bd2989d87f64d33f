//! Form tokens and origins: I-18 over the whole table of routes.

use http::{Request, StatusCode};
use serde_json::json;

use crate::browser::{Answer, Browser};
use crate::place::{self, Place};

/// A path with something in the place of its parameters.
fn filled(path: &str) -> String {
    path.replace("{id}", "x")
        .replace("{kind}", "user")
        .replace("{resource}", "wiki")
        .replace("{token}", "t")
        .replace("{request}", "r")
}

fn posts() -> Vec<String> {
    crate::place::routes().iter().filter(|route| route.method == "POST").map(|route| filled(route.path)).collect()
}

#[tokio::test]
async fn i18_a_foreign_origin_is_refused_everywhere() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("admin").await;
    for signed_in in [false, true] {
        let mut browser = Browser::new(&place);
        if signed_in {
            browser.by_passkey(&mut passkey).await;
        }
        let token = browser.get(if signed_in { "/" } else { "/sign-in" }).await.token();
        for origin in [Some("https://evil.example"), Some("https://wiki.localhost:8443"), Some("null"), None] {
            browser.origin = origin;
            for path in posts() {
                let form = browser.post(&path, &token, &[("user", "admin"), ("password", "x")]).await;
                assert_eq!(form.status, StatusCode::FORBIDDEN, "{path} {origin:?}");
                let script = browser.script(&path, &token, &json!({})).await;
                assert_eq!(script.status, StatusCode::FORBIDDEN, "{path} {origin:?}");
                assert_eq!(script.header("access-control-allow-origin"), "");
            }
        }
    }
}

#[tokio::test]
async fn i18_a_form_without_its_own_token_is_refused_everywhere() {
    let place = Place::new().await;
    let (mut admins, mut alices) = (place.give_passkey("admin").await, place.give_passkey("alice").await);
    let mut other = Browser::new(&place);
    let before_sign_in = other.get("/sign-in").await.token();
    other.by_passkey(&mut alices).await;
    let alices_token = other.get("/").await.token();
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut admins).await;
    for token in ["", "x", &before_sign_in, &alices_token] {
        for path in posts() {
            is_refused(&browser.post(&path, token, &[]).await, &path);
            assert_eq!(browser.script(&path, token, &json!({})).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    for path in posts() {
        let none = browser.post_raw(&path, "application/x-www-form-urlencoded", String::new()).await;
        is_refused(&none, &path);
    }
}

/// A form that was refused did nothing; a step of signing in is opened again.
fn is_refused(answer: &Answer, path: &str) {
    match path {
        "/sign-in" | "/sign-in/code" | "/sign-in/recovery" => {
            let again = format!("{path}?done=form-too-old");
            assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, again.as_str()));
            assert_eq!(answer.header("set-cookie"), "");
        }
        _ => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}"),
    }
}

#[tokio::test]
async fn i18_our_own_form_with_its_token_is_taken() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    let token = browser.get("/sign-in").await.token();
    let answer = browser.post("/language", &token, &[("language", "ja"), ("return", "/sign-in")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert!(browser.get("/sign-in").await.text.contains("<html lang=\"ja\">"));
    let away = browser.post("/language", &token, &[("language", "en"), ("return", "//evil.example")]).await;
    assert_eq!(away.location(), "/");
    let odd = browser.post("/language", &token, &[("language", "<x>"), ("return", "/")]).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_no_form_of_ours_sends_is_answered_by_a_page() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("admin").await;
    for path in posts() {
        let mut browser = Browser::new(&place);
        browser.by_passkey(&mut passkey).await;
        let token = browser.get("/").await.token();
        for fields in [&[][..], &[("until", "x"), ("revision", "x"), ("count", "x")]] {
            let answer = browser.post(&path, &token, fields).await;
            let kind = answer.header("content-type").to_owned();
            assert!(!kind.starts_with("text/plain"), "{path} {kind}: {}", answer.text);
        }
        let script = browser.script(&path, &token, &json!([])).await;
        assert!(!script.header("content-type").starts_with("text/plain"), "{path}: {}", script.text);
    }
}

#[tokio::test]
async fn a_body_of_another_kind_or_size_is_refused() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    let token = browser.get("/sign-in").await.token();
    for kind in ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""] {
        let answer = browser.post_raw("/sign-in", kind, format!("csrf={token}&user=alice&password=x")).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let large = browser.post("/sign-in", &token, &[("user", &"a".repeat(70_000)), ("password", "x")]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Who is not signed in has small forms only: what a stranger's connection makes us hold is bounded.
    let larger = browser.post("/sign-in", &token, &[("user", &"a".repeat(17_000)), ("password", "x")]).await;
    assert_eq!(larger.status, StatusCode::PAYLOAD_TOO_LARGE);
    let most = browser.post("/sign-in", &token, &[("user", &"a".repeat(15_000)), ("password", "x")]).await;
    assert_ne!(most.status, StatusCode::PAYLOAD_TOO_LARGE);
    let twice = format!("csrf={token}&csrf={token}&user=alice&password=x");
    let twice = browser.post_raw("/sign-in", "application/x-www-form-urlencoded", twice).await;
    is_refused(&twice, "/sign-in");
}

#[tokio::test]
async fn a_method_cannot_be_overridden() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    let request = Request::get("/sign-out").header("x-http-method-override", "POST");
    let answer = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn two_session_cookies_are_none() {
    let place = Place::new().await;
    let mut passkey = place.give_passkey("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_passkey(&mut passkey).await;
    let good = browser.cookies["__Host-sekisho"].clone();
    for twice in [format!("{good}; __Host-sekisho=evil"), format!("evil; __Host-sekisho={good}")] {
        browser.cookies.insert("__Host-sekisho".to_owned(), twice);
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    }
    assert!(place.site.origin() == place::ORIGIN);
}
