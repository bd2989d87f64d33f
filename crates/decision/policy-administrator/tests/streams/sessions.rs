//! Sessions end at their absolute end and when they are idle.

use sekisho_model::documents::{Kind, SessionEnd};
use sekisho_policy_administrator::SessionWatch;
use serde_json::json;

use crate::place::{Place, at, session, session_id};

fn two_sessions() -> Place {
    let mut place = Place::new();
    place.change((Kind::Session, session_id(3).to_string(), None));
    place
}

fn due(watch: &mut SessionWatch, place: &Place, now: i64) -> Vec<(u8, i64)> {
    let endings = watch.due(&place.world, at(now));
    assert!(endings.iter().all(|ending| ending.why == SessionEnd::Expired));
    endings.iter().map(|ending| (ending.session.as_bytes()[0], ending.at.as_seconds())).collect()
}

#[test]
fn an_idle_session_ends_and_a_used_one_does_not() {
    let place = two_sessions();
    let mut watch = SessionWatch::new();
    assert_eq!(due(&mut watch, &place, 0), []);
    watch.active(&session_id(1), at(1_000));
    watch.active(&session_id(9), at(1_000));
    assert_eq!(due(&mut watch, &place, 1_799), []);
    assert_eq!(due(&mut watch, &place, 1_800), [(2, 1_800)]);
    assert_eq!(watch.last_active(&session_id(1)), Some(at(1_000)));
    assert_eq!(due(&mut watch, &place, 1_805), [], "told a moment ago");
    assert_eq!(due(&mut watch, &place, 1_810), [(2, 1_800)], "still there: told again");
    assert_eq!(due(&mut watch, &place, 2_800), [(2, 1_800), (1, 2_800)]);
}

#[test]
fn a_session_ends_at_its_absolute_end_however_much_it_is_used() {
    let place = two_sessions();
    let mut watch = SessionWatch::new();
    for now in (0..3_600).step_by(600) {
        watch.active(&session_id(1), at(now));
        watch.active(&session_id(2), at(now));
        assert_eq!(due(&mut watch, &place, now), []);
    }
    assert_eq!(due(&mut watch, &place, 3_600), [(1, 3_600), (2, 3_600)]);
}

#[test]
fn ended_new_and_extended_sessions_are_taken_in() {
    let mut place = two_sessions();
    let mut watch = SessionWatch::new();
    assert_eq!(due(&mut watch, &place, 0), []);
    place.change((Kind::Session, session_id(2).to_string(), None));
    place.change(session(3, "bob", None, 1_000));
    place.change(session(1, "alice", Some("d1"), 1_000));
    assert_eq!(due(&mut watch, &place, 1_000), []);
    assert_eq!(watch.last_active(&session_id(2)), None);
    watch.active(&session_id(3), at(2_000));
    assert_eq!(due(&mut watch, &place, 1_800), [(1, 1_800)]);
    assert_eq!(due(&mut watch, &place, 3_799), [(1, 1_800)]);
    assert_eq!(due(&mut watch, &place, 3_800), [(3, 3_800)]);
}

#[test]
fn a_shorter_idle_time_counts_at_once() {
    let mut place = two_sessions();
    let mut watch = SessionWatch::new();
    assert_eq!(due(&mut watch, &place, 0), []);
    place.change((Kind::Settings, "settings".to_owned(), Some(json!({"session_idle": "1m"}))));
    assert_eq!(due(&mut watch, &place, 60), [(1, 60), (2, 60)]);
}
