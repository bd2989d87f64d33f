//! What is called unusual, and what is not.

use sekisho_behaviour::{
    ENOUGH, FIRST_ACCESS, History, IMPOSSIBLE_TRAVEL, NEW_COUNTRY, Open, Profile, UNUSUAL_HOUR, judge_access,
    judge_sign_in,
};
use sekisho_model::{Span, Timestamp};

use crate::{known, sign_in};

fn names(profile: &Profile, seen: &sekisho_behaviour::Seen) -> Vec<String> {
    judge_sign_in(profile, seen).into_iter().map(|unusual| unusual.name).collect()
}

#[test]
fn i66_too_short_a_history_raises_nothing() {
    let short = known(ENOUGH - 1);
    assert_eq!(short.history(), History::NotEnough);
    assert_eq!(names(&short, &sign_in(9, 3, "BR")), [""; 0]);
    assert_eq!(judge_access(&short, "payroll"), None);
    let enough = known(ENOUGH);
    assert_eq!(enough.history(), History::Enough);
    assert_eq!(names(&enough, &sign_in(20, 3, "BR")), [NEW_COUNTRY], "hours need more");
    assert!(judge_access(&enough, "payroll").is_some());
}

#[test]
fn a_new_country_is_named_with_the_usual_ones() {
    let mut profile = known(30);
    profile.learn(&sign_in(31, 9, "DE"));
    let found = judge_sign_in(&profile, &sign_in(40, 9, "BR"));
    let [unusual] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((unusual.name.as_str(), unusual.usual.as_str(), unusual.seen.as_str()), (NEW_COUNTRY, "JP, DE", "BR"));
    assert_eq!(names(&profile, &sign_in(40, 9, "DE")), [""; 0]);
    let mut nowhere = sign_in(40, 9, "BR");
    nowhere.country = None;
    assert_eq!(names(&profile, &nowhere), [IMPOSSIBLE_TRAVEL; 0], "an unknown country is not new");
}

#[test]
fn a_journey_is_impossible_where_nobody_is_as_fast() {
    let mut profile = known(30);
    profile.learn(&sign_in(31, 9, "BR"));
    profile.learn(&sign_in(40, 9, "JP"));
    let mut seen = sign_in(40, 9, "BR");
    for (hours, expected) in [(0, 1), (17, 1), (19, 0)] {
        seen.at = sign_in(40, 9, "JP").at.plus(Span::from_minutes(hours * 60));
        let found = judge_sign_in(&profile, &seen);
        assert_eq!(found.len(), expected, "{hours} hours: {found:?}");
        assert!(
            found.iter().all(|unusual| unusual.name == IMPOSSIBLE_TRAVEL && unusual.seen.contains("18")),
            "{found:?}"
        );
    }
    // The same place at once is no journey.
    assert_eq!(names(&profile, &sign_in(40, 9, "JP")), [""; 0]);
}

#[test]
fn an_hour_is_unusual_far_from_the_usual_ones() {
    let profile = known(30);
    let found = judge_sign_in(&profile, &sign_in(40, 3, "JP"));
    let [unusual] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(unusual.name, UNUSUAL_HOUR);
    assert_eq!((unusual.usual.as_str(), unusual.seen.as_str()), ("07:00–12:00", "03:00–04:00"));
    for hour in [7, 11] {
        assert_eq!(names(&profile, &sign_in(40, hour, "JP")), [""; 0]);
    }
}

#[test]
fn an_application_is_new_once() {
    let mut profile = known(30);
    profile.use_application("wiki", Timestamp::from_millis(0));
    assert_eq!(judge_access(&profile, "wiki"), None);
    let unusual = judge_access(&profile, "payroll").expect("unusual");
    assert_eq!(
        (unusual.name.as_str(), unusual.usual.as_str(), unusual.seen.as_str()),
        (FIRST_ACCESS, "wiki", "payroll")
    );
    profile.use_application("payroll", Timestamp::from_millis(1));
    assert_eq!(judge_access(&profile, "payroll"), None);
}

fn open(profile: &Profile, session: &str, day: i64) -> Open {
    let seen = sign_in(day, 9, "BR");
    let unusual = judge_sign_in(profile, &seen).into_iter().next().expect("unusual");
    Open {
        signal: format!("{}.{session}", unusual.name),
        session: session.to_owned(),
        at: seen.at,
        until: seen.at.plus(Span::from_minutes(24 * 60)),
        unusual,
        sign_in: Some(seen),
    }
}

#[test]
fn i64_only_a_later_step_up_in_the_session_itself_answers() {
    let mut profile = known(30);
    let raised = open(&profile, "s1", 40);
    profile.keep_open(raised.clone());
    assert_eq!(profile.answer("s2", raised.at), [], "another session");
    assert_eq!(profile.answer("s1", raised.at.plus(Span::from_millis(-1))), [], "before it");
    assert_eq!(profile.open.len(), 1);
    assert_eq!(profile.answer("s1", raised.at), [raised]);
    assert!(profile.open.is_empty());
}

#[test]
fn i65_what_was_unusual_is_not_usual_before_it_was_answered() {
    let mut profile = known(30);
    let before = profile.habits.clone();
    let raised = open(&profile, "s1", 40);
    profile.keep_open(raised.clone());
    assert_eq!(profile.habits, before);
    assert_eq!(names(&profile, &sign_in(41, 9, "BR")), [NEW_COUNTRY], "the second sign-in is as unusual");
    profile.answer("s1", raised.at);
    assert_eq!(names(&profile, &sign_in(42, 9, "BR")), [""; 0], "it was the person");
}

#[test]
fn a_profile_is_read_again_as_it_was_written_and_stays_small() {
    let mut profile = known(5000);
    for number in 0..2000_u32 {
        let mut seen = sign_in(6000, 9, "JP");
        (seen.network, seen.country) = (Some(number), Some(format!("{number}")));
        profile.learn(&seen);
        profile.use_application(&format!("application-{number}"), Timestamp::from_millis(number.into()));
        profile.keep_open(Open { signal: number.to_string(), ..open(&known(30), "s1", 40) });
    }
    profile.surprise = Some(profile.habits.surprise(&profile.habits, &sign_in(6001, 9, "JP")));
    let written = serde_json::to_value(&profile).expect("JSON");
    let read: Profile = serde_json::from_value(written.clone()).expect("a profile");
    assert_eq!(read, profile);
    assert_eq!(serde_json::to_vec(&read).expect("JSON"), serde_json::to_vec(&profile).expect("JSON"), "bit for bit");
    assert!(written.to_string().len() < 32 * 1024, "{}", written.to_string().len());
}
