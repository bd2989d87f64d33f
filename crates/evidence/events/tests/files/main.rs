//! Files of events: what is asked for is found and its neighbour is not, page by page; programs that nobody here wrote read the files
//! and validate every document.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod made;
mod peers;

use std::path::Path;

use made::{DAY, START, day};
use sekisho_events::{Class, Cursor, Events, Wanted, write};
use sekisho_model::Timestamp;

/// Three files, a day each, with several groups of rows in the last.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, count) in [(0, 300), (1, 300), (2, 20_000)] {
        let events = day(number, count);
        let next = events.last().unwrap().position.entry + 1;
        write(folder.path(), events[0].position.entry, &events, Cursor { next, segment: 1, sealed: 2 }).unwrap();
    }
    folder
}

async fn found(folder: &Path, wanted: Wanted, count: usize) -> (Vec<String>, bool) {
    let found = Events::new(folder.to_owned(), None).search(wanted, count).await.unwrap();
    (found.events.iter().map(|event| event.person.clone().unwrap_or_default()).collect(), found.next.is_some())
}

#[tokio::test]
async fn what_is_asked_for_is_found_and_its_neighbour_is_not() {
    let folder = folder();
    let by = |person: &str| Wanted { person: Some(person.to_owned()), ..Wanted::default() };
    let at = |day: i64| Some(Timestamp::from_millis(START + day * DAY));
    let (alice, more) = found(folder.path(), by("alice"), 500).await;
    assert!(alice.len() >= 3 && !more && alice.iter().all(|person| person == "alice"), "{}", alice.len());
    assert_eq!(found(folder.path(), by("nobody"), 500).await, (Vec::new(), false));
    let on = |day: i64| Wanted { since: at(day), until: at(day + 1), ..by("alice") };
    let of_days = [found(folder.path(), on(0), 500).await.0.len(), found(folder.path(), on(2), 500).await.0.len()];
    assert!(of_days[0] > 0 && of_days[1] > 0 && of_days[0] < alice.len(), "{of_days:?}");
    assert!(found(folder.path(), on(3), 500).await.0.is_empty(), "a day without events has none");
    for (wanted, neighbour) in [
        (
            Wanted { address: Some("192.0.2.7".to_owned()), ..by("alice") },
            Wanted { address: Some("192.0.2.8".to_owned()), ..by("alice") },
        ),
        (
            Wanted { resource: Some("wiki".to_owned()), ..by("alice") },
            Wanted { resource: Some("payroll".to_owned()), ..by("alice") },
        ),
        (
            Wanted { reason: Some("no-policy-permits".to_owned()), ..by("alice") },
            Wanted { reason: Some("of-nobody".to_owned()), ..by("alice") },
        ),
        (
            Wanted { class: Some(Class::HttpActivity), ..by("alice") },
            Wanted { class: Some(Class::Authentication), ..by("alice") },
        ),
    ] {
        assert!(!found(folder.path(), wanted.clone(), 500).await.0.is_empty(), "{wanted:?}");
        assert!(found(folder.path(), neighbour.clone(), 500).await.0.is_empty(), "{neighbour:?}");
    }
}

#[test]
fn an_access_under_a_refusal_is_never_said_to_be_allowed() {
    let events = made::of_every_class();
    let [.., permitted, refused] = &events[..] else { panic!("there are two accesses") };
    let said = |event: &sekisho_events::Event| {
        let ocsf: serde_json::Value = serde_json::from_str(&event.ocsf).unwrap();
        (event.outcome.clone().unwrap(), ocsf["action_id"].clone(), ocsf["disposition_id"].clone())
    };
    assert_eq!(said(permitted), ("failure".to_owned(), 1.into(), 1.into()));
    assert_eq!(said(refused), ("deny".to_owned(), 2.into(), 2.into()));
}

#[tokio::test]
async fn what_was_permitted_at_the_platform_itself_can_be_left_out() {
    let folder = folder();
    let all = Wanted { resource: Some("payroll".to_owned()), ..Wanted::default() };
    let without = Wanted { without_permits_of: vec!["payroll".to_owned()], ..all.clone() };
    let elsewhere = Wanted { without_permits_of: vec!["wiki".to_owned()], ..all.clone() };
    let count = async |wanted| found(folder.path(), wanted, 500).await.0.len();
    let [all, without, elsewhere] = [count(all).await, count(without).await, count(elsewhere).await];
    assert!(without < all && all == elsewhere, "{all} {without} {elsewhere}");
}

#[tokio::test]
async fn pages_go_through_all_of_it_newest_first_and_end() {
    let folder = folder();
    let events = Events::new(folder.path().to_owned(), None);
    let (mut wanted, mut places) = (Wanted { person: Some("alice".to_owned()), ..Wanted::default() }, Vec::new());
    loop {
        let page = events.search(wanted.clone(), 7).await.unwrap();
        places.extend(page.events.iter().map(|event| event.position));
        match page.next {
            Some(next) => wanted.before = Some(next),
            None => break,
        }
    }
    let all = found(folder.path(), Wanted { before: None, ..wanted }, 500).await.0;
    assert_eq!(places.len(), all.len());
    assert!(places.is_sorted_by(|one, other| one > other), "{places:?}");
}

#[tokio::test]
async fn a_file_that_is_none_is_named_and_what_was_not_finished_is_passed_over() {
    let folder = folder();
    std::fs::write(folder.path().join("next.part"), "half").unwrap();
    assert!(!found(folder.path(), Wanted::default(), 10).await.0.is_empty());
    let broken = folder.path().join("events-000009000000-000009000001-0000000000001-9999999999999.parquet");
    std::fs::write(&broken, "none").unwrap();
    let error = Events::new(folder.path().to_owned(), None).search(Wanted::default(), 10).await.unwrap_err();
    assert!(error.to_string().contains("events-000009000000"), "{error}");
}
