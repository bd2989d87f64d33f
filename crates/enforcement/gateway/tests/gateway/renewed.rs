//! A session that was renewed: what cookies from before show, at which applications, and for how long.

use std::time::{Duration, Instant};

use sekisho_attacks::Response;
use sekisho_model::documents::Kind;
use sekisho_model::{SessionId, Span, Timestamp};
use sekisho_policy_enforcement::{Audience, SessionCookie};
use serde_json::{Value, json};

use crate::platform::{ALICE, APP, Platform, now, session};

const STRONG: &str = "strong.test";

/// Alice's session after she authenticated again with a passkey, with these applications given their new cookie.
fn renewed(given: &[(&str, Timestamp)]) -> Value {
    let given: Vec<Value> =
        given.iter().map(|(resource, at)| json!({ "resource": resource, "rotation": 1, "at": at })).collect();
    let former =
        json!([{ "rotation": 0, "authenticated_at": now().plus(Span::from_minutes(-30)), "methods": ["password"] }]);
    let more = [("rotation", 1.into()), ("renewals", json!({ "former": former, "given": given }))];
    let mut body = session(ALICE, "alice", &["passkey"]);
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    body
}

fn cookie(platform: &Platform, resource: &str, rotation: u32) -> String {
    let cookie = SessionCookie { session: SessionId::from_bytes(ALICE), rotation };
    let audience = resource.parse().unwrap();
    format!(
        "Cookie: {}={}\r\n",
        SessionCookie::NAME,
        cookie.value(&platform.cookie_key, Audience::Application(&audience))
    )
}

/// Puts the session, and waits until the worker has taken it up.
async fn renew(platform: &mut Platform, given: &[(&str, Timestamp)]) {
    platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), Some(renewed(given)));
    let patience = Instant::now() + Duration::from_secs(20);
    while platform.get(APP, "/", &cookie(platform, "app", 1)).await.status != 200 {
        assert!(Instant::now() < patience, "the session is not renewed");
    }
}

async fn kind(response: Response) -> (u16, String) {
    let problem: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let kind = problem.get("type").and_then(Value::as_str).unwrap_or_default();
    (response.status, kind.to_owned())
}

#[tokio::test]
async fn i15_an_older_cookie_keeps_what_it_could_and_gains_nothing() {
    let mut platform = Platform::with(|config| config.memory = 64).await;
    renew(&mut platform, &[]).await;
    // What an open page asks for goes on, by whatever method.
    let old = cookie(&platform, "app", 0);
    assert_eq!(platform.get(APP, "/", &format!("Sec-Fetch-Mode: cors\r\n{old}")).await.status, 200);
    let post = format!("POST /save HTTP/1.1\r\nHost: {APP}\r\nSec-Fetch-Mode: navigate\r\nAccept: text/html\r\n");
    let posted = platform.ask(APP, &format!("{post}{old}Content-Length: 0\r\n\r\n")).await;
    assert_eq!(posted.status, 200);
    // What needs the passkey opens to the new cookie alone, in whatever order they ask.
    for _ in 0..2 {
        assert_eq!(platform.get(STRONG, "/", &cookie(&platform, "strong", 1)).await.status, 200);
        let refused = kind(platform.get(STRONG, "/", &cookie(&platform, "strong", 0)).await).await;
        assert_eq!(refused, (401, "urn:sekisho:problem:stronger-sign-in-required".to_owned()));
    }
    // One from after the session that is there is nobody's.
    assert_eq!(platform.get(APP, "/", &cookie(&platform, "app", 2)).await.status, 401);
}

#[tokio::test]
async fn a_page_that_is_opened_under_an_older_cookie_is_given_the_new_one_first() {
    let mut platform = Platform::start().await;
    renew(&mut platform, &[]).await;
    let navigation = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n";
    let sent = platform.get(APP, "/pages/1", &format!("{navigation}{}", cookie(&platform, "app", 0))).await;
    let location = sent.field("location").unwrap_or_default();
    assert!(
        sent.status == 303 && location.contains("/sign-in/to/app?return=/pages/1&flow="),
        "{} {location}",
        sent.status
    );
    let open = platform.get(APP, "/pages/1", &format!("{navigation}{}", cookie(&platform, "app", 1))).await;
    assert_eq!(open.status, 200);
}

#[tokio::test]
async fn i15_an_older_cookie_is_void_once_its_application_was_given_the_new_one() {
    let mut platform = Platform::start().await;
    let long_ago = now().plus(Span::from_seconds(-31));
    renew(&mut platform, &[("app", long_ago), ("strong", now())]).await;
    assert_eq!(platform.get(APP, "/", &cookie(&platform, "app", 0)).await.status, 401);
    assert_eq!(platform.get(APP, "/", &cookie(&platform, "app", 1)).await.status, 200);
    // Elsewhere it still counts, and where the new one is on its way, for what is on its way too.
    assert_eq!(platform.get("other.test", "/", &cookie(&platform, "other", 0)).await.status, 403, "known, and denied");
    let on_the_way = kind(platform.get(STRONG, "/", &cookie(&platform, "strong", 0)).await).await;
    assert_eq!(on_the_way, (401, "urn:sekisho:problem:stronger-sign-in-required".to_owned()));
}
