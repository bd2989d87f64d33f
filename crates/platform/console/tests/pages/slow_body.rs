//! A client that holds the end of a body back: what changes until that end counts.

use http::StatusCode;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::Kind;
use sekisho_model::{Outcome, Record, Span, Timestamp};
use serde_json::json;

use crate::browser::{Answer, Browser};
use crate::place::{Place, person, put_roles};

const LINK: &str = "/console/users/alice/link";

async fn helpdesk(place: &Place) -> (Browser<'_>, String) {
    put_roles(place).await;
    let mut passkey = place.give_passkey("helpdesk").await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    let token = browser.get("/console/users/alice").await.token();
    (browser, token)
}

/// When links for alice were made, as the record says.
async fn links(place: &Place) -> Vec<Timestamp> {
    let act = Some("enrolment-link-made".to_owned());
    let filter = Filter { act, subject: Some("alice".to_owned()), ..Filter::default() };
    let found = place.site.ledger.recent(10, filter).await.into_iter();
    found.filter_map(|(_, record)| if let Record::Act(act) = record { Some(act.at) } else { None }).collect()
}

/// When the helpdesk was permitted to do something to people, as the record says.
async fn permits(place: &Place) -> Vec<Timestamp> {
    let filter = Filter {
        kind: Some(EntryKind::Decision),
        outcome: Some(Outcome::Permit),
        subject: Some("helpdesk".to_owned()),
        ..Filter::default()
    };
    let found = place.site.ledger.recent(10, filter).await.into_iter();
    found.filter_map(|(_, record)| if let Record::Decision(one) = record { Some(one.at) } else { None }).collect()
}

async fn assert_not_done(place: &Place, permits_before: usize, answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(!answer.text.contains("/enroll/"), "{}", answer.text);
    assert_eq!(links(place).await, Vec::<Timestamp>::new());
    assert_eq!(permits(place).await.len(), permits_before, "nothing more was permitted");
    let kept = place.site.store.list_all(Kind::OneTime).await.unwrap();
    assert!(kept.iter().all(|document| !document.body.to_string().contains("alice")), "{kept:?}");
}

#[tokio::test]
async fn who_stays_permitted_acts_when_the_body_ends() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let began = place.now();
    let done = browser.post_slowly(LINK, &token, async { place.pass(Span::from_seconds(90)) }).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert!(done.text.contains("/enroll/alice"), "{}", done.text);
    let ended = began.plus(Span::from_seconds(90));
    assert_eq!(links(&place).await, [ended]);
    assert_eq!(permits(&place).await.first(), Some(&ended), "the newest decision");
}

#[tokio::test]
async fn who_is_disabled_before_the_body_ends_does_nothing() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let before = permits(&place).await.len();
    let mut disabled = person("helpdesk", "helpdesk", &["helpdesk"]);
    disabled["status"] = json!("disabled");
    // The World shows no session of a disabled account.
    let answer = browser.post_slowly(LINK, &token, place.put(Kind::User, "helpdesk", disabled)).await;
    assert_not_done(&place, before, &answer, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn who_loses_the_role_before_the_body_ends_does_nothing() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let before = permits(&place).await.len();
    let demoted = person("helpdesk", "helpdesk", &[]);
    let answer = browser.post_slowly(LINK, &token, place.put(Kind::User, "helpdesk", demoted)).await;
    assert_not_done(&place, before, &answer, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn who_is_acted_on_may_become_protected_before_the_body_ends() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let before = permits(&place).await.len();
    let protected = person("alice", "Alice Aoki", &["staff", "auditors"]);
    let answer = browser.post_slowly(LINK, &token, place.put(Kind::User, "alice", protected)).await;
    assert_not_done(&place, before, &answer, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn whose_session_ends_before_the_body_ends_is_nobody() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let before = permits(&place).await.len();
    let session = place.site.world.borrow().sessions().next().unwrap().id.to_string();
    let answer = browser.post_slowly(LINK, &token, place.delete(Kind::Session, &session)).await;
    assert_not_done(&place, before, &answer, StatusCode::UNAUTHORIZED).await;
    // The page is one for nobody: it names no person and holds no token of the session.
    assert!(!answer.text.contains(&token), "{}", answer.text);
    assert!(!answer.text.contains("/sign-out"), "{}", answer.text);
}

#[tokio::test]
async fn a_session_that_expires_before_the_body_ends_is_over() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let before = permits(&place).await.len();
    let answer = browser.post_slowly(LINK, &token, async { place.pass(Span::from_minutes(60 * 24 * 30)) }).await;
    assert_not_done(&place, before, &answer, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn a_form_is_its_own_sessions_when_the_body_ends() {
    let place = Place::new().await;
    let (mut browser, token) = helpdesk(&place).await;
    let before = permits(&place).await.len();
    let mut passkey = place.give_passkey("administrators").await;
    let mut other = Browser::new(&place);
    other.by_passkey(&mut passkey).await;
    let foreign = other.get("/").await.token();
    assert_ne!(foreign, token);
    let answer = browser.post_slowly(LINK, &foreign, async {}).await;
    assert_not_done(&place, before, &answer, StatusCode::FORBIDDEN).await;
}
