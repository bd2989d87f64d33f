//! One fact changes, one stream is cut, with its reason, and the others stay.

use sekisho_model::documents::Kind;
use sekisho_model::{Language, Timestamp};
use sekisho_policy_administrator::Cut;

use crate::place::{
    Asked, POLICIES, Place, assessed_assurance, assessed_threat, at, device, grant, group, owner, policies, posture,
    resource, session, session_id, signal, threat, user,
};

const PAYROLL: Asked = Asked { session: 1, certificate: None, resource: "payroll", address: "192.0.2.1" };
const PAYROLL_BY_CERTIFICATE: Asked = Asked { session: 3, certificate: Some("d2"), ..PAYROLL };
const WIKI: Asked = Asked { session: 2, certificate: None, resource: "wiki", address: "192.0.2.2" };
const NOTES: Asked = Asked { resource: "notes", ..WIKI };

/// A place where both of these are open, the second as the one that must stay.
fn open(stream: Asked, other: Asked) -> Place {
    let mut place = Place::new();
    place.open(stream).expect("permitted");
    place.open(other).expect("permitted");
    place
}

fn only(mut cuts: Vec<Cut<Asked>>, asked: Asked) -> Cut<Asked> {
    assert_eq!(cuts.iter().map(|cut| cut.tag).collect::<Vec<_>>(), [asked]);
    cuts.remove(0)
}

#[test]
fn i10_a_device_that_falls_out_of_compliance_cuts_its_streams_only() {
    let mut place = open(PAYROLL, WIKI);
    place.now = at(2);
    let cut = only(place.change(posture("d1", 2, &["ports"])), PAYROLL);
    assert_eq!(cut.record.world, place.world.revision());
    assert_eq!((cut.record.subject.as_str(), cut.record.resource.as_str()), ("alice", "payroll"));
    assert_eq!((cut.record.session, cut.record.delay_ms), (session_id(1), Some(0)));
    assert_eq!(cut.record.reason, cut.reason.code);
    assert!(!cut.reason.text.in_language(Language::Japanese).is_empty());
    let decision = cut.decision.expect("a decision");
    assert_eq!((decision.request.clone(), decision.world), (cut.record.request, place.world.revision()));
    assert_eq!(place.streams.len(), 1);
    assert!(place.change(posture("d1", 3, &[])).is_empty());
    assert!(place.open(PAYROLL).is_some(), "healed");
}

#[test]
fn i10_a_device_that_only_reports_again_cuts_nothing() {
    let mut place = open(PAYROLL, WIKI);
    assert!(place.change(posture("d1", 2, &[])).is_empty());
    assert_eq!(place.streams.len(), 2);
}

#[test]
fn i10_a_revoked_removed_or_re_enrolled_device_is_no_evidence() {
    for document in [device("d1", "revoked", 1), (Kind::Device, "d1".to_owned(), None)] {
        let mut place = open(PAYROLL, WIKI);
        let cut = only(place.change(document), PAYROLL);
        assert_eq!((cut.reason.code.as_str(), cut.decision.is_none()), ("device-revoked", true));
    }
    for document in [device("d2", "revoked", 1), (Kind::Device, "d2".to_owned(), None), device("d2", "active", 2)] {
        let mut place = open(PAYROLL_BY_CERTIFICATE, PAYROLL);
        only(place.change(document), PAYROLL_BY_CERTIFICATE);
    }
}

#[test]
fn i10_another_device_whose_posture_a_policy_reads_cuts_when_it_changes_and_when_it_is_stale() {
    let host = "@id(\"host\") forbid (principal, action, resource == Sekisho::Resource::\"wiki\") unless {
        Sekisho::Device::\"d2\" has compliant && Sekisho::Device::\"d2\".compliant };";
    let place = || {
        let mut place = Place::new();
        place.change(posture("d2", 0, &[]));
        place.change(policies(&format!("{POLICIES}\n{host}")));
        place.open(PAYROLL).expect("permitted");
        place.open(WIKI).expect("its host is compliant");
        place
    };
    let cut = only(place().change(posture("d2", 1, &["disk"])), WIKI);
    assert_eq!(cut.reason.code, "host");
    assert!(place().change(posture("d2", 1, &[])).is_empty());
    let mut silent = place();
    silent.change(posture("d1", 299, &[]));
    assert!(silent.wait_until(299).is_empty());
    only(silent.wait_until(300), WIKI);
}

#[test]
fn i10_a_session_that_ends_cuts_its_streams_only() {
    let mut place = open(PAYROLL, WIKI);
    let cut = only(place.change((Kind::Session, session_id(1).to_string(), None)), PAYROLL);
    assert_eq!((cut.reason.code.as_str(), cut.decision.is_none()), ("session-ended", true));
    let cut = only(place.change(user("bob", &["staff"], "disabled")), WIKI);
    assert_eq!(cut.reason.code, "session-ended");
}

#[test]
fn i10_a_session_renewed_by_authentication_keeps_its_streams_and_is_read_anew() {
    let mut place = open(PAYROLL, WIKI);
    place.now = at(800);
    assert!(place.change(posture("d1", 790, &[])).is_empty());
    assert!(place.change(session(1, "alice", Some("d1"), 800)).is_empty());
    assert!(place.wait_until(899).is_empty());
    assert!(place.wait_until(1000).is_empty(), "15 minutes after the first sign-in, not after the second");
    assert_eq!(place.streams.len(), 2);
}

#[test]
fn i10_a_session_bound_to_another_device_or_user_is_not_the_one_that_was_decided() {
    let mut place = open(PAYROLL, WIKI);
    only(place.change(session(1, "alice", None, 0)), PAYROLL);
    let mut place = open(PAYROLL, WIKI);
    place.change(posture("d2", 0, &["disk"]));
    only(place.change(session(1, "alice", Some("d2"), 0)), PAYROLL);
    let mut place = open(PAYROLL, WIKI);
    only(place.change(session(1, "bob", Some("d1"), 0)), PAYROLL);
}

#[test]
fn i10_authentication_that_grows_old_is_a_challenge_and_cuts() {
    let mut place = open(PAYROLL, WIKI);
    place.now = at(880);
    assert!(place.change(posture("d1", 880, &[])).is_empty());
    assert!(place.wait_until(899).is_empty());
    let cut = only(place.wait_until(900), PAYROLL);
    let decision = cut.decision.expect("a decision");
    assert_eq!(decision.outcome, sekisho_model::Outcome::Challenge);
    assert!(cut.record.delay_ms.is_some_and(|delay| delay <= 1000));
}

#[test]
fn i10_a_session_that_reaches_its_end_is_cut_without_any_change() {
    let mut place = open(WIKI, NOTES);
    assert!(place.wait_until(3_599).is_empty());
    let cuts = place.wait_until(3_600);
    assert_eq!(cuts.len(), 2);
    assert!(cuts.iter().all(|cut| cut.reason.code == "session-expired"));
}

#[test]
fn i10_a_silent_device_is_cut_when_its_report_is_stale() {
    let mut place = open(PAYROLL, WIKI);
    assert!(place.wait_until(299).is_empty());
    only(place.wait_until(300), PAYROLL);
}

#[test]
fn i10_a_grant_that_ends_or_is_taken_back_cuts() {
    let asked = Asked { resource: "ledger", ..WIKI };
    for (document, until) in [((Kind::Grant, "bob".to_owned(), None), 1), (owner("finance"), 60)] {
        let mut place = Place::new();
        assert!(place.open(asked).is_none());
        place.change(grant("bob", 60));
        place.open(asked).expect("permitted");
        place.open(WIKI).expect("permitted");
        let mut cuts = place.change(document);
        cuts.extend(place.wait_until(until));
        only(cuts, asked);
    }
}

#[test]
fn i10_risk_and_threat_cut_and_an_ended_signal_does_not() {
    let mut place = open(WIKI, PAYROLL);
    only(place.change(signal("bob", 80, 60)), WIKI);
    assert!(place.open(WIKI).is_none());
    place.wait_until(60);
    place.open(WIKI).expect("permitted again");
    let cut = only(place.change(threat("192.0.2.2", 90)), WIKI);
    assert_eq!(cut.reason.text.in_language(Language::English), "This network address is known for attacks.");
}

#[test]
fn i10_groups_resources_their_owners_and_policies_cut() {
    let mut place = open(PAYROLL, WIKI);
    only(place.change(user("alice", &["staff"], "active")), PAYROLL);
    let mut place = open(NOTES, WIKI);
    only(place.change(owner("sales")), NOTES);
    let mut place = open(WIKI, NOTES);
    let cut = only(place.change((Kind::Resource, "wiki".to_owned(), None)), WIKI);
    assert_eq!(cut.reason.code, "resource-removed");
    let mut place = open(WIKI, NOTES);
    assert_eq!(place.change(owner("closed")).len(), 2, "a user whom a policy names");
    let mut place = Place::new();
    place.open(Asked { session: 1, ..WIKI }).expect("finance is in staff");
    assert_eq!(place.change(group("finance", &[])).len(), 1);
    let mut place = open(WIKI, PAYROLL);
    only(place.change(policies(&POLICIES.replace("\"wiki\"", "\"blog\""))), WIKI);
    assert!(place.change(policies("permit (principal, action, resource) when { nonsense };")).is_empty());
    assert_eq!(place.streams.len(), 1, "a set that does not load changes nothing");
}

#[test]
fn i10_what_was_decided_in_an_older_world_is_decided_again_before_it_opens() {
    let mut place = Place::new();
    let decision = place.decide(WIKI).expect("a request");
    let valid_until = decision.valid_until();
    let permit = decision.into_permit().expect("permitted");
    place.change(user("bob", &[], "active"));
    let cut =
        place.streams.open(&permit, valid_until, None, &place.world, place.now, WIKI).expect_err("no longer permitted");
    assert_eq!((cut.tag, place.streams.len()), (WIKI, 0));
    place.change(user("bob", &["staff"], "active"));
    assert!(place.streams.open(&permit, valid_until, None, &place.world, place.now, WIKI).is_ok());
}

#[test]
fn a_key_is_never_used_twice_and_a_closed_stream_leaves_its_record() {
    let mut place = Place::new();
    let first = place.open(WIKI).expect("permitted");
    let closed = place.streams.close(first).expect("open");
    let record = closed.record(&place.world, Timestamp::from_millis(5), "closed");
    assert_eq!((record.subject.as_str(), record.world, record.delay_ms), ("bob", 0, None));
    let second = place.open(WIKI).expect("permitted");
    assert_ne!(first, second);
    assert!(place.streams.close(first).is_none());
    assert_eq!(place.change(resource("wiki")).len(), 0);
    assert_eq!(place.streams.iter().map(|(key, ..)| key).collect::<Vec<_>>(), [second]);
}

#[test]
fn i10_an_assessment_cuts_what_it_is_about_and_its_end_opens_it_again() {
    let mut place = open(WIKI, PAYROLL);
    assert!(place.change(assessed_threat("192.0.2.2/32", 20, 60)).is_empty(), "a low score cuts nothing");
    only(place.change(assessed_threat("192.0.2.2/32", 90, 60)), WIKI);
    assert!(place.open(WIKI).is_none());
    place.now = at(60);
    place.publish();
    assert!(place.open(WIKI).is_some(), "it has ended");
}

#[test]
fn i10_an_assessment_that_permits_cuts_when_it_ends() {
    let mut place = Place::new();
    let text = "permit (principal, action, resource) when { context.session.assurance < 3 };";
    place.fold(policies(text));
    place.fold(assessed_assurance(2, 1, 60));
    place.publish();
    assert!(place.open(PAYROLL).is_none(), "another session is not limited");
    place.open(WIKI).expect("limited, and so permitted");
    place.now = at(59);
    place.publish();
    assert!(place.streams.reassess(&place.world, place.now).is_empty());
    place.now = at(60);
    place.publish();
    only(place.streams.reassess(&place.world, place.now), WIKI);
}
