//! The overview: each part for those who may read it, the live stream, its end, and the first steps.

use std::collections::BTreeMap;

use axum::body::BodyDataStream;
use futures_util::StreamExt as _;
use http::StatusCode;
use sekisho_ledger::{EntryKind, Filter, Standing};
use sekisho_model::documents::Kind;
use sekisho_model::{Record, Span};
use sekisho_overview::{Counts, Delays, Figures, Fleet, LedgerFigures, MINUTES, Minute, People};
use serde_json::json;

use crate::browser::Browser;
use crate::place::{Place, person, put_roles};

/// Figures in which every part has something to show.
fn figures(place: &Place) -> Figures {
    let counts = Counts { permits: 7_001, challenges: 2, denials: 3, cuts: 1 };
    let minute = |ago: usize| {
        let ago = i64::try_from(ago).unwrap();
        let counts = if ago == 0 { counts } else { Counts::default() };
        Minute { at: place.now().plus(Span::from_minutes(-ago)), counts }
    };
    let mut delays = Delays::default();
    delays.add(88);
    Figures {
        at: place.now(),
        minutes: (0..MINUTES).rev().map(minute).collect(),
        reasons: vec![("no-policy-permits".to_owned(), 3)],
        delays,
        fleet: Fleet { compliant: 4, not_compliant: 2, stale: 1, never_reported: 0, unusable: 5 },
        people: People { sessions: 9, signed_in: 8, by_risk: [5, 2, 1, 0], newest: Vec::new() },
        ledger: LedgerFigures { standing: Standing::Sound, size: 4_711, sealed_at: Some(place.now()) },
        backed_up: None,
    }
}

async fn signed_in<'p>(place: &'p Place, name: &str) -> Browser<'p> {
    let mut passkey = place.give_passkey(name).await;
    let mut browser = Browser::new(place);
    browser.by_passkey(&mut passkey).await;
    browser
}

/// A text of each part that is on the page only with it.
const PARTS: [(&str, &str); 7] = [
    ("activity", "From a fact to the cut that it caused"),
    ("fleet", "/console/devices?state=compliant"),
    ("people", "Risk of people who are signed in"),
    ("tasks", "Runs in another process"),
    ("certificates", "old.localhost"),
    ("ledger", "4711"),
    ("points", "Other enforcement points"),
];

fn parts(page: &str) -> BTreeMap<&'static str, bool> {
    PARTS.into_iter().map(|(part, text)| (part, page.contains(text))).collect()
}

#[tokio::test]
async fn each_role_sees_the_parts_that_it_may_read() {
    let place = Place::new().await;
    put_roles(&place).await;
    place.overview.publish(figures(&place));
    for (role, seen) in [
        ("administrators", &["activity", "fleet", "people", "tasks", "certificates", "ledger", "points"][..]),
        ("auditors", &["activity", "fleet", "people", "tasks", "certificates", "ledger", "points"]),
        ("helpdesk", &["activity", "fleet", "people"]),
        ("device-managers", &["fleet"]),
    ] {
        let mut browser = signed_in(&place, role).await;
        let page = browser.get("/console").await;
        assert_eq!(page.status, StatusCode::OK, "{role}");
        let expected: BTreeMap<_, _> = PARTS.into_iter().map(|(part, _)| (part, seen.contains(&part))).collect();
        assert_eq!(parts(&page.text), expected, "{role}");
        let mut live = browser.open("/console/overview/events").await;
        assert_eq!(
            parts(&next(&mut live, "figures").await),
            parts(&page.text),
            "{role}: the stream shows what the page does"
        );
        assert!(!page.text.contains("First steps") || role == "administrators", "{role}");
    }
    let mut nobody = signed_in(&place, "alice").await;
    for path in ["/console", "/console/overview/events"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn every_figure_leads_to_the_rows_behind_it() {
    let place = Place::new().await;
    put_roles(&place).await;
    place.overview.publish(figures(&place));
    let mut browser = signed_in(&place, "admin").await;
    let page = browser.get("/console").await.text;
    for link in [
        "/console/decisions?outcome=permit&#38;since=",
        "/console/decisions?outcome=deny&#38;since=",
        "/console/decisions?outcome=deny&#38;reason=no-policy-permits&#38;since=",
        "/console/cuts?since=",
        "/console/acts",
        "/console/devices?state=not-compliant",
        "/console/sessions",
        "/console/tasks",
    ] {
        assert!(page.contains(&format!("href=\"{link}")), "{link}: {page}");
    }
    assert!(page.contains(">7001</b>") && page.contains("The longest took 88 ms."), "{page}");
    assert!(page.len() < 100 * 1024, "{}", page.len());
    browser.language = "ja";
    let page = browser.get("/console").await.text;
    assert!(page.contains("事実の変化から切断までの時間") && page.contains("最長は 88 ミリ秒でした。"), "{page}");
}

/// The data of the next event with this name.
async fn next(live: &mut BodyDataStream, name: &str) -> String {
    let mut text = String::new();
    while !text.ends_with("\n\n") || !text.contains(&format!("event: {name}\n")) {
        let bytes = live.next().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    let (_, event) = text.rsplit_once(&format!("event: {name}\n")).unwrap();
    event.lines().filter_map(|line| line.strip_prefix("data: ")).collect::<Vec<_>>().join("\n")
}

/// The reason of the cut that the ledger holds of a live page.
async fn cut(place: &Place) -> Option<String> {
    let filter = Filter { kind: Some(EntryKind::StreamEnd), ..Filter::default() };
    match place.site.ledger.recent(1, filter).await.pop() {
        Some((_, Record::StreamEnd(end))) if end.delay_ms.is_some() => Some(end.reason),
        _ => None,
    }
}

#[tokio::test]
async fn a_live_page_shows_new_figures() {
    let place = Place::new().await;
    let mut browser = signed_in(&place, "admin").await;
    let mut live = browser.open("/console/overview/events").await;
    assert!(next(&mut live, "figures").await.contains("has just started"));
    place.overview.publish(figures(&place));
    assert!(next(&mut live, "figures").await.contains(">7001</b>"));
    assert_eq!(cut(&place).await, None);
}

#[tokio::test]
async fn i10_a_live_page_ends_when_it_is_no_longer_permitted() {
    let place = Place::new().await;
    put_roles(&place).await;
    // Somebody else's page goes on.
    let mut other = signed_in(&place, "admin").await;
    let mut goes_on = other.open("/console/overview/events").await;
    next(&mut goes_on, "figures").await;
    let mut auditor = signed_in(&place, "auditors").await;
    let mut live = auditor.open("/console/overview/events").await;
    next(&mut live, "figures").await;
    place.put(Kind::User, "auditors", person("auditors", "auditors", &["staff"])).await;
    assert_eq!(next(&mut live, "ended").await, "");
    assert!(live.next().await.is_none(), "nothing follows");
    assert_eq!(cut(&place).await.as_deref(), Some("no-policy-permits"));
    place.overview.publish(figures(&place));
    assert!(next(&mut goes_on, "figures").await.contains(">7001</b>"));
}

#[tokio::test]
async fn i10_a_live_page_ends_with_its_session() {
    let place = Place::new().await;
    let mut browser = signed_in(&place, "admin").await;
    let mut live = browser.open("/console/overview/events").await;
    next(&mut live, "figures").await;
    let token = browser.get("/").await.token();
    browser.post("/sign-out", &token, &[]).await;
    next(&mut live, "ended").await;
    assert!(live.next().await.is_none());
    assert_eq!(cut(&place).await.as_deref(), Some("session-ended"));
    // And a session that reaches its end, with the next World.
    let mut browser = signed_in(&place, "admin").await;
    let mut live = browser.open("/console/overview/events").await;
    next(&mut live, "figures").await;
    place.pass(Span::from_minutes(13 * 60));
    place.put(Kind::Group, "more", json!({"id": "more", "name": "more"})).await;
    next(&mut live, "ended").await;
    assert_eq!(cut(&place).await.as_deref(), Some("session-expired"));
}

#[tokio::test]
async fn live_pages_end_when_the_process_stops_and_a_session_has_few() {
    let place = Place::new().await;
    let mut browser = signed_in(&place, "admin").await;
    let mut pages = Vec::new();
    for _ in 0..4 {
        pages.push(browser.open("/console/overview/events").await);
    }
    let refused = browser.get("/console/overview/events").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("Too many live pages are open."), "{}", refused.text);
    pages.pop();
    pages.push(browser.open("/console/overview/events").await);
    for live in &mut pages {
        next(live, "figures").await;
    }
    place.overview.close();
    for live in &mut pages {
        assert!(live.next().await.is_none());
    }
    assert_eq!(cut(&place).await, None, "a stop is no cut");
}

#[tokio::test]
async fn the_first_steps_are_ticked_by_facts_and_then_gone() {
    let place = Place::new().await;
    put_roles(&place).await;
    let mut browser = signed_in(&place, "admin").await;
    assert!(!browser.get("/console").await.text.contains("First steps"), "nothing was counted yet");
    let without = Figures { fleet: Fleet::default(), ..figures(&place) };
    place.overview.publish(without.clone());
    let page = browser.get("/console").await.text;
    let ticked = |page: &str, step: &str| {
        let (_, list) = page.split_once("First steps").unwrap();
        let (before, _) = list.split_once(step).unwrap();
        before.rsplit_once("<li class=\"").unwrap().1.starts_with("done")
    };
    for (step, is_done) in [
        ("Give your own account a passkey", true),
        ("Add a person", true),
        ("Publish an application", true),
        ("Let a group use it", true),
        ("Enrol a device", false),
        ("Make a backup", false),
    ] {
        assert_eq!(ticked(&page, step), is_done, "{step}");
    }
    place.overview.publish(figures(&place));
    assert!(ticked(&browser.get("/console").await.text, "Enrol a device"));
    let all = Figures { backed_up: Some(place.now()), ..figures(&place) };
    place.overview.publish(all);
    assert!(!browser.get("/console").await.text.contains("First steps"));
    // A role that may not publish does not see them.
    place.overview.publish(without);
    let mut auditor = signed_in(&place, "auditors").await;
    assert!(!auditor.get("/console").await.text.contains("First steps"));
}
