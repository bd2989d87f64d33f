//! My sign-ins: which are shown, which can be disowned, and what the sign-in page says after a session ended.

use http::StatusCode;
use sekisho_ledger::Filter;
use sekisho_model::documents::{Kind, SessionEnd};
use sekisho_model::{Actor, PresentedDevice, SessionId, Span};
use serde_json::json;

use crate::browser::Browser;
use crate::place::Place;

/// The sessions that a page offers to disown.
fn offered(page: &str) -> Vec<String> {
    let ids = page.split("/sessions/").skip(1).filter_map(|rest| rest.split_once("/not-me\""));
    let mut ids: Vec<String> = ids.map(|(id, _)| id.to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

async fn acts(place: &Place, act: &str) -> usize {
    let filter = Filter { act: Some(act.to_owned()), ..Filter::default() };
    place.site.ledger.recent(100, filter).await.len()
}

#[tokio::test]
async fn a_sign_in_that_was_not_me_ends_and_is_recorded_and_leads_to_the_methods() {
    let place = Place::new().await;
    place.give_password("alice").await;
    let (mut here, mut there) = (Browser::new(&place), Browser::new(&place));
    there.by_password("alice").await;
    here.by_password("alice").await;
    let page = here.get("/sessions").await;
    assert!(page.text.contains("Recent sign-ins") && page.text.contains("192.0.2.10"), "{}", page.text);
    let [theirs] = offered(&page.text).try_into().expect("one session that is not this one");
    let answer = here.post(&format!("/sessions/{theirs}/not-me"), &page.token(), &[]).await;
    assert_eq!(answer.location(), "/methods?done=disowned", "{}", answer.text);
    assert!(
        here.get("/methods?done=disowned").await.text.contains("remove every sign-in method that you do not recognise")
    );
    assert_eq!(there.get("/").await.status, StatusCode::SEE_OTHER, "it ended");
    assert_eq!(here.get("/").await.status, StatusCode::OK);
    assert_eq!(acts(&place, "sign-in-disowned").await, 1);
    // It can be said of a sign-in whose session is over too.
    let again = here.post(&format!("/sessions/{theirs}/not-me"), &page.token(), &[]).await;
    assert_eq!(again.location(), "/methods?done=disowned");
}

#[tokio::test]
async fn nobody_disowns_the_session_of_another_or_the_one_that_asks() {
    let place = Place::new().await;
    for name in ["alice", "bob"] {
        place.give_password(name).await;
    }
    let (mut alice, mut second, mut bob) = (Browser::new(&place), Browser::new(&place), Browser::new(&place));
    second.by_password("alice").await;
    alice.by_password("alice").await;
    bob.by_password("bob").await;
    let of_alice = offered(&alice.get("/sessions").await.text);
    let token = bob.get("/sessions").await.token();
    for id in of_alice.iter().map(String::as_str).chain(["zz", "00000000000000000000000000000000"]) {
        let answer = bob.post(&format!("/sessions/{id}/not-me"), &token, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
    }
    let page = alice.get("/sessions").await;
    let own = page.text.split("/sessions/").skip(1).filter_map(|rest| rest.split_once("/end\""));
    let own = own.map(|(id, _)| id.to_owned()).find(|id| !of_alice.contains(id)).unwrap();
    assert_eq!(alice.post(&format!("/sessions/{own}/not-me"), &page.token(), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(acts(&place, "sign-in-disowned").await, 0);
    assert_eq!(second.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_failed_sign_in_is_shown_to_its_person_alone() {
    let place = Place::new().await;
    for name in ["alice", "bob"] {
        place.give_password(name).await;
    }
    let mut stranger = Browser::new(&place);
    let token = stranger.get("/sign-in").await.token();
    drop(stranger.post("/sign-in", &token, &[("user", "alice"), ("password", "a wrong sentence")]).await);
    let (mut alice, mut bob) = (Browser::new(&place), Browser::new(&place));
    alice.by_password("alice").await;
    bob.by_password("bob").await;
    assert!(alice.get("/sessions").await.text.contains("Refused"));
    assert!(!bob.get("/sessions").await.text.contains("Refused"));
}

/// Ends the only session of alice's so, and gives what the sign-in page of her browser says of it, twice.
async fn said_after(place: &Place, end: impl AsyncFnOnce(&Place, SessionId)) -> [String; 2] {
    place.give_password("alice").await;
    let mut browser = Browser::new(place);
    browser.by_password("alice").await;
    let alice = "alice".parse().unwrap();
    let session = place.identity.sessions(&alice, place.now()).await.unwrap()[0].id;
    end(place, session).await;
    let to_sign_in = browser.get("/").await.location().to_owned();
    assert_eq!(to_sign_in, "/sign-in?after=/");
    let mut stranger = Browser::new(place);
    assert!(!stranger.get(&to_sign_in).await.text.contains("id=\"ended\""), "only the browser that held it learns why");
    [browser.get(&to_sign_in).await.text, browser.get(&to_sign_in).await.text]
}

#[tokio::test]
async fn the_sign_in_page_says_once_why_the_session_ended() {
    let alone = |end| {
        async move |place: &Place, session: SessionId| {
            assert!(place.identity.end(&session, end, Actor::System, place.now()).await.unwrap());
            place.site.shows_session(session, None).await;
        }
    };
    for (end, said) in [
        (SessionEnd::Revoked, "An administrator ended your session."),
        (SessionEnd::Expired, "Your session reached its end"),
        (SessionEnd::Disowned, "You ended this session from another one."),
    ] {
        let [first, second] = said_after(&Place::new().await, alone(end)).await;
        assert!(first.contains(said), "{first}");
        assert!(!second.contains("id=\"ended\""), "{second}");
    }
    let [first, _] = said_after(&Place::new().await, alone(SessionEnd::SignedOut)).await;
    assert!(!first.contains("id=\"ended\""), "the person knows");
}

#[tokio::test]
async fn the_sign_in_page_says_that_an_account_was_disabled_a_device_revoked_or_the_time_over() {
    let disable = async |place: &Place, session: SessionId| {
        let alice = "alice".parse().unwrap();
        let ended = place.identity.end_all(&alice, SessionEnd::AccountDisabled, Actor::System, place.now()).await;
        assert_eq!(ended.unwrap(), 1);
        place.site.shows_session(session, None).await;
    };
    let [first, second] = said_after(&Place::new().await, disable).await;
    assert!(first.contains("because your account was disabled") && !second.contains("id=\"ended\""), "{first}");
    let revoke = async |place: &Place, session: SessionId| {
        let device = |status| {
            json!({"id": "desk", "name": "Desk", "owner": "alice", "platform": "linux", "status": status,
                "key_sha256": "22".repeat(32), "public_key": "AAAA"})
        };
        place.put(Kind::Device, "desk", device("active")).await;
        let proven = PresentedDevice { id: "desk".parse().unwrap(), key_sha256: "22".repeat(32) };
        let bound = place.identity.bind_device(&session, &proven, place.now()).await.unwrap();
        place.site.shows_session(session, Some(bound.rotation)).await;
        place.put(Kind::Device, "desk", device("revoked")).await;
    };
    let [first, second] = said_after(&Place::new().await, revoke).await;
    assert!(first.contains("because its device was revoked") && !second.contains("id=\"ended\""), "{first}");
    let pass = async |place: &Place, _: SessionId| place.pass(Span::from_minutes(13 * 60));
    let [first, _] = said_after(&Place::new().await, pass).await;
    assert!(first.contains("Your session reached its end"), "{first}");
}

#[tokio::test]
async fn a_forged_cookie_is_told_nothing() {
    let place = Place::new().await;
    let mut browser = Browser::new(&place);
    browser.cookies.insert("__Host-sekisho".to_owned(), "forged".to_owned());
    assert!(!browser.get("/sign-in").await.text.contains("id=\"ended\""));
}
