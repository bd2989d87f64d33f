//! The transfer of a session to an application's host.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use sekisho_model::Span;
use sekisho_portal::session_transfer::{self, SessionTransfer};

use crate::browser::Browser;
use crate::place::{PASSWORD, Place};

async fn redeem(place: &Place, code: [u8; 32]) -> Option<SessionTransfer> {
    session_transfer::redeem(&place.site, code, async |_, _| ()).await
}

fn flow() -> String {
    URL_SAFE_NO_PAD.encode([9; 32])
}

async fn sweep(place: &Place) -> usize {
    sekisho_capability::sweep(&place.site.store, place.now()).await.unwrap()
}

fn code(location: &str) -> [u8; 32] {
    let query = location.strip_prefix("https://wiki.localhost:8443/.sekisho/session?code=").unwrap();
    let (code, return_to) = query.split_once("&return=").unwrap();
    assert!(return_to.starts_with('/'), "{location}");
    URL_SAFE_NO_PAD.decode(code).unwrap().try_into().unwrap()
}

#[tokio::test]
async fn the_way_to_an_application_leads_through_sign_in() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    let answer = browser.get(&format!("/sign-in/to/wiki?return=%2Fpage%3Fa%3Db&flow={}", flow())).await;
    assert_eq!(answer.location(), format!("/sign-in?to=wiki&return=/page%3Fa%3Db&flow={}", flow()));
    let to = answer.location().to_owned();
    let page = browser.get(&to).await;
    // To strangers the policy names no application: which there are is nothing that it tells.
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https:;") && !policy.contains("wiki"), "{policy}");
    let answer = browser.post(&to, &page.token(), &[("user", "alice"), ("password", PASSWORD)]).await;
    let answer = browser.get(answer.location()).await;
    let transfer = redeem(&place, code(answer.location())).await.unwrap();
    assert_eq!((transfer.resource.as_str(), transfer.return_to.as_str()), ("wiki", "/page?a=b"));
    assert_eq!(transfer.flow, [9; 32]);
}

#[tokio::test]
async fn i12_a_code_works_once_and_for_a_minute() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    let path = format!("/sign-in/to/wiki?return=/&flow={}", flow());
    let first = code(browser.get(&path).await.location());
    assert!(redeem(&place, first).await.is_some());
    assert_eq!(redeem(&place, first).await, None);
    let second = code(browser.get(&path).await.location());
    place.pass(Span::from_seconds(60));
    assert_eq!(redeem(&place, second).await, None);
    assert_eq!(redeem(&place, [0; 32]).await, None);
    browser.get(&path).await;
    assert_eq!(sweep(&place).await, 0, "a code that may still be redeemed stays");
    place.pass(Span::from_seconds(60));
    assert_eq!(sweep(&place).await, 1);
}

#[tokio::test]
async fn a_way_that_leads_nowhere_is_not_gone() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let mut browser = Browser::new(&place);
    browser.by_password("alice").await;
    for path in ["/sign-in/to/nothing", "/sign-in/to/sekisho-console", "/sign-in/to/..%2fx", "/sign-in/to/WIKI"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // Without the flow of the application's own host there is no code.
    for query in ["", "?flow=short", "?return=/x&flow="] {
        let answer = browser.get(&format!("/sign-in/to/wiki{query}")).await;
        assert!(answer.location().starts_with("https://wiki.localhost:8443/"), "{}", answer.location());
        assert!(!answer.location().contains(".sekisho"), "{}", answer.location());
    }
    let away = browser.get(&format!("/sign-in/to/wiki?return=//evil.example&flow={}", flow())).await;
    // Two slashes begin a path of the application's own host: the gateway writes it so that no browser takes it for another host.
    assert_eq!(redeem(&place, code(away.location())).await.unwrap().return_to, "//evil.example");
}
