//! The terminals' host as a program meets it (RFC 8628), and the page on which a person answers.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use sekisho_model::documents::Kind;
use sekisho_model::{Peer, PresentedDevice, RequestId, Span};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::browser::Browser;
use crate::place::{self, Place};

const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=sekisho-cli";

/// A terminal on a machine with a key, or without.
struct Terminal {
    api: Router,
    /// The device that it proves to be, with its key.
    key: Option<(&'static str, &'static str)>,
}

impl Terminal {
    fn new(place: &Place, key: Option<(&'static str, &'static str)>) -> Self {
        Self { api: sekisho_terminal_sign_in::router(place.site.clone(), place.identity.clone()), key }
    }

    async fn send(&self, method: Method, path: &str, form: &str, credential: Option<&str>) -> (StatusCode, Value) {
        let mut request =
            Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(credential) = credential {
            request = request.header(AUTHORIZATION, format!("Bearer {credential}"));
        }
        let mut request = request.body(Body::from(form.to_owned())).unwrap();
        let device = self.key.map(|(id, key)| PresentedDevice { id: id.parse().unwrap(), key_sha256: key.repeat(32) });
        request.extensions_mut().insert(Peer { address: place::address(), device, request: RequestId::new("r") });
        let response = self.api.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        assert_eq!(head.headers.get(CACHE_CONTROL).map(http::HeaderValue::as_bytes), Some(b"no-store".as_slice()));
        let body = to_bytes(body, 100_000).await.unwrap();
        (head.status, serde_json::from_slice(&body).unwrap())
    }

    async fn ask(&self) -> Value {
        let (status, codes) =
            self.send(Method::POST, "/device_authorization", "client_id=sekisho-cli&name=desk", None).await;
        assert_eq!(status, StatusCode::OK, "{codes}");
        codes
    }

    /// The error, or the token's answer.
    async fn poll(&self, codes: &Value) -> Result<Value, String> {
        let form = format!("{GRANT}&device_code={}", codes["device_code"].as_str().unwrap());
        match self.send(Method::POST, "/token", &form, None).await {
            (StatusCode::OK, answer) => Ok(answer),
            (_, error) => Err(error["error"].as_str().unwrap().to_owned()),
        }
    }
}

/// A place with alice, signed in.
async fn signed_in(place: &Place) -> Browser<'_> {
    place.give_password("alice").await;
    let mut browser = Browser::new(place);
    browser.by_password("alice").await;
    browser
}

#[tokio::test]
async fn a_terminal_waits_is_slowed_and_gets_its_session_once() {
    let place = Place::new().await;
    let mut alice = signed_in(&place).await;
    let terminal = Terminal::new(&place, None);
    let codes = terminal.ask().await;
    let code = codes["user_code"].as_str().unwrap();
    assert_eq!(codes["verification_uri_complete"], format!("{}/terminal?code={code}", place::ORIGIN));
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "authorization_pending");
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "slow_down");
    place.pass(Span::from_seconds(2));
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "authorization_pending");
    place.pass(Span::from_seconds(2));
    let page = alice.get(&format!("/terminal?code={code}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let answered = alice.post("/terminal/approve", &page.token(), &[("code", code)]).await;
    assert_eq!((answered.status, answered.location()), (StatusCode::SEE_OTHER, "/terminal?done=terminal-approved"));
    let issued = terminal.poll(&codes).await.unwrap();
    assert_eq!((issued["token_type"].as_str(), issued["user"].as_str()), (Some("Bearer"), Some("alice")));
    place.pass(Span::from_seconds(2));
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "expired_token");

    // It says who it is, under no other key and in no other form, and ends itself.
    let token = issued["access_token"].as_str().unwrap();
    let (status, who) = terminal.send(Method::GET, "/session", "", Some(token)).await;
    assert_eq!((status, who["user"].as_str()), (StatusCode::OK, Some("alice")));
    let elsewhere = Terminal::new(&place, Some(("no-such-device", "ab")));
    assert_eq!(elsewhere.send(Method::GET, "/session", "", Some(token)).await.0, StatusCode::UNAUTHORIZED);
    for wrong in [None, Some(""), Some(token.get(1..).unwrap())] {
        assert_eq!(terminal.send(Method::POST, "/sign-out", "", wrong).await.0, StatusCode::UNAUTHORIZED);
    }
    let (status, ended) = terminal.send(Method::POST, "/sign-out", "", Some(token)).await;
    assert_eq!((status, &ended["ended"]), (StatusCode::OK, &Value::Bool(true)));
    assert_eq!(terminal.send(Method::GET, "/session", "", Some(token)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(alice.get("/sessions").await.status, StatusCode::OK, "the browser's session is another one");
}

#[tokio::test]
async fn what_is_no_request_of_the_grant_is_refused_by_its_registered_name() {
    let place = Place::new().await;
    let terminal = Terminal::new(&place, None);
    for (path, form, error) in [
        ("/device_authorization", "", "invalid_request"),
        ("/device_authorization", "client_id=other", "invalid_client"),
        ("/token", "", "invalid_request"),
        ("/token", "grant_type=password&client_id=sekisho-cli&device_code=x", "unsupported_grant_type"),
        ("/nothing", "", "not_found"),
    ] {
        let (status, answer) = terminal.send(Method::POST, path, form, None).await;
        assert!(status.is_client_error() && answer["error"] == error, "{path} {form}: {status} {answer}");
    }
    for unknown in ["x".to_owned(), "A".repeat(43), "A".repeat(5000)] {
        let (_, answer) = terminal.send(Method::POST, "/token", &format!("{GRANT}&device_code={unknown}"), None).await;
        assert_eq!(answer["error"], "expired_token");
    }
    assert_eq!(terminal.send(Method::GET, "/token", "", None).await.0, StatusCode::METHOD_NOT_ALLOWED);
    // The number of open requests of one network is limited.
    let mut asked = 0;
    while terminal.send(Method::POST, "/device_authorization", "client_id=sekisho-cli", None).await.0 == StatusCode::OK
    {
        asked += 1;
        assert!(asked < 100, "nothing limits requests");
    }
}

#[tokio::test]
async fn a_person_who_mistyped_a_code_often_waits_with_the_code_and_then_answers_at_once() {
    let place = Place::new().await;
    let mut alice = signed_in(&place).await;
    let terminal = Terminal::new(&place, None);
    for guess in 0..8 {
        let page = alice.get(&format!("/terminal?code=BBBB-BBB{guess}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        // Only a person who must wait sees the typed code again.
        assert_eq!(page.text.contains(&format!("value=\"BBBB-BBB{guess}\"")), guess >= 5, "{guess}: {}", page.text);
    }
    place.pass(Span::from_minutes(1));
    let codes = terminal.ask().await;
    let code = codes["user_code"].as_str().unwrap();
    // Looking it up proves that it is right, and makes nobody wait for the answer.
    let token = alice.get(&format!("/terminal?code={code}")).await.token();
    let answered = alice.post("/terminal/approve", &token, &[("code", code)]).await;
    assert_eq!(answered.location(), "/terminal?done=terminal-approved", "{}", answered.text);
}

#[tokio::test]
async fn a_person_refuses_and_nobody_approves_unseen() {
    let place = Place::new().await;
    let mut alice = signed_in(&place).await;
    let terminal = Terminal::new(&place, None);
    let codes = terminal.ask().await;
    let code = codes["user_code"].as_str().unwrap();
    // Looking answers nothing; a form of nobody, of another page or another origin neither.
    let page = alice.get(&format!("/terminal?code={code}")).await;
    for language in ["en", "ja"] {
        alice.language = language;
        let page = alice.get(&format!("/terminal?code={code}")).await;
        assert!(page.text.contains(&format!("<html lang=\"{language}\">")) && page.text.contains(code));
        assert!(page.text.contains("desk") && page.text.contains(&place::address().ip().to_string()), "{}", page.text);
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    assert_eq!(alice.post("/terminal/approve", "x", &[("code", code)]).await.status, StatusCode::FORBIDDEN);
    alice.origin = Some("https://evil.example");
    assert_eq!(alice.post("/terminal/approve", &page.token(), &[("code", code)]).await.status, StatusCode::FORBIDDEN);
    alice.origin = Some(place::ORIGIN);
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "authorization_pending");
    let mut stranger = Browser::new(&place);
    assert!(stranger.get(&format!("/terminal?code={code}")).await.location().starts_with("/sign-in?after=/terminal"));
    let refused = alice.post("/terminal/refuse", &page.token(), &[("code", code)]).await;
    assert_eq!(refused.location(), "/terminal?done=terminal-refused");
    place.pass(Span::from_seconds(2));
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "access_denied");
    assert_eq!(alice.get("/terminal?code=BBBB-BBBB").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_device_that_was_revoked_since_it_asked_is_not_approved() {
    let place = Place::new().await;
    let mut alice = signed_in(&place).await;
    let terminal = Terminal::new(&place, Some(("desk", "ab")));
    place.put(Kind::Device, "desk", desk("active")).await;
    let codes = terminal.ask().await;
    place.put(Kind::Device, "desk", desk("revoked")).await;
    let code = codes["user_code"].as_str().unwrap();
    let page = alice.get(&format!("/terminal?code={code}")).await;
    assert!(!page.text.contains("/terminal/approve") && page.text.contains("/terminal/refuse"), "{}", page.text);
    let answered = alice.post("/terminal/approve", &page.token(), &[("code", code)]).await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN, "{}", answered.text);
    assert_eq!(terminal.poll(&codes).await.unwrap_err(), "authorization_pending");
}

fn desk(status: &str) -> Value {
    json!({"id": "desk", "name": "The desk", "platform": "linux", "status": status, "key_sha256": "ab".repeat(32)})
}

/// What shows the certificate of no enrolled device is no terminal: a stranger's, a revoked device's, an enforcement point's.
#[tokio::test]
async fn i5_what_is_no_enrolled_device_asks_for_nothing() {
    let place = Place::new().await;
    place.put(Kind::Device, "desk", desk("active")).await;
    let asks = async |key| {
        let terminal = Terminal::new(&place, key);
        let (status, answer) =
            terminal.send(Method::POST, "/device_authorization", "client_id=sekisho-cli", None).await;
        (status, answer["error"].as_str().unwrap_or_default().to_owned())
    };
    for wrong in [("no-such-device", "ab"), ("desk", "cd"), ("enforcement-point.edge", "ab")] {
        assert_eq!(asks(Some(wrong)).await, (StatusCode::UNAUTHORIZED, "invalid_client".to_owned()), "{wrong:?}");
    }
    assert_eq!(asks(Some(("desk", "ab"))).await.0, StatusCode::OK);
    place.put(Kind::Device, "desk", desk("revoked")).await;
    assert_eq!(asks(Some(("desk", "ab"))).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(asks(None).await.0, StatusCode::OK, "a machine that is not enrolled shows none");
}
