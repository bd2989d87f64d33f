//! The rules: ours match what they are for and not its neighbour; those of the Sigma project match the events that come with them.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sigma;

use std::path::Path;

use sekisho_detection::{Detector, Matched, Rules};
use sekisho_events::event_of;
use sekisho_model::{Record, Timestamp};
use serde_json::{Value, json};

const START: i64 = 1_790_000_000_000;

/// Asks our rules about entries of the ledger, a second apart; what matched.
fn matched(records: &[Value]) -> Vec<Matched> {
    let mut detector = Detector::new(&Rules::read(Path::new("/nonexistent")).unwrap()).unwrap();
    let mut found = Vec::new();
    for (number, record) in (0..).zip(records) {
        let at = Timestamp::from_millis(START + number * 1_000);
        let mut record = record.clone();
        record.as_object_mut().unwrap().insert("at".to_owned(), json!(at));
        let record: Record = serde_json::from_value(record).unwrap();
        let event = event_of(u64::try_from(number).unwrap(), &record).unwrap();
        found.extend(detector.matches(&serde_json::from_str(&event.ocsf).unwrap(), at));
    }
    found
}

fn failed(user: &str, address: &str) -> Value {
    json!({"entry": "act", "actor": "system", "act": "sign-in-failed", "target": format!("user/{user}"),
        "detail": {"method": "password", "why": "wrong-password", "address": address}})
}

fn denied(user: &str, resource: &str) -> Value {
    json!({"entry": "decision", "request": "R", "outcome": "deny", "subject": user, "resource": resource, "method": "GET",
        "address": "192.0.2.1", "policies": [], "reasons": ["no-policy-permits"], "risk": 0, "world": 1})
}

#[test]
fn five_accounts_from_one_address_are_a_spray_and_name_everybody() {
    let names = ["alice", "bob", "carol", "dan", "erin"];
    let spray: Vec<Value> = names.iter().map(|name| failed(name, "192.0.2.7")).collect();
    let found = matched(&spray);
    assert_eq!(found.len(), 1, "{found:?}");
    let spray = found.first().unwrap();
    assert_eq!((spray.title.as_str(), spray.signal(), spray.weight()), ("Password spray", "password-spray", Some(50)));
    assert_eq!(spray.people.iter().map(String::as_str).collect::<Vec<_>>(), names);
    assert_eq!(spray.address.as_deref(), Some("192.0.2.7"));
}

#[test]
fn the_sixth_account_of_a_spray_is_named_like_the_fifth() {
    let names = ["alice", "bob", "carol", "dan", "erin", "frank"];
    let spray: Vec<Value> = names.iter().map(|name| failed(name, "192.0.2.7")).collect();
    assert!(matched(&spray).last().is_some_and(|last| last.people.contains("frank")));
}

#[test]
fn names_that_no_account_has_are_no_account() {
    let names = ["alice", "bob", "carol", "dan", "unknown"];
    let spray: Vec<Value> = names.iter().map(|name| failed(name, "192.0.2.7")).collect();
    assert_eq!(matched(&spray), Vec::new());
}

#[test]
fn four_accounts_one_account_and_five_addresses_are_no_spray() {
    let four: Vec<Value> = ["alice", "bob", "carol", "dan"].iter().map(|name| failed(name, "192.0.2.7")).collect();
    let one: Vec<Value> = (0..20).map(|_| failed("alice", "192.0.2.7")).collect();
    let names = ["alice", "bob", "carol", "dan", "erin"];
    let apart: Vec<Value> = (1..).zip(names).map(|(last, name)| failed(name, &format!("192.0.2.{last}"))).collect();
    for neighbour in [four, one, apart] {
        assert_eq!(matched(&neighbour), Vec::new());
    }
}

#[test]
fn who_is_refused_everywhere_is_found_and_who_is_refused_at_one_place_is_not() {
    let everywhere: Vec<Value> = (0..8).map(|number| denied("mallory", &format!("r{number}"))).collect();
    let found = matched(&everywhere);
    assert_eq!(found.iter().map(Matched::signal).collect::<Vec<_>>(), ["refused-everywhere"]);
    let at_one: Vec<Value> = (0..30).map(|_| denied("mallory", "payroll")).collect();
    assert_eq!(matched(&at_one), Vec::new());
}

#[test]
fn a_rule_of_the_operator_counts_and_a_wrong_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "title: Upgrade\nid: 6d0f9a53-8a55-4e4c-8a0e-8c1f3f0a7b01\nlogsource:\n    product: sekisho\ndetection:\n    selection:\n        metadata.event_code: upgrade-begun\n    condition: selection\nlevel: low\n";
    std::fs::write(folder.path().join("upgrade.yml"), rule).unwrap();
    let rules = Rules::read(folder.path()).unwrap();
    assert!(rules.all().iter().any(|rule| rule.title == "Upgrade" && rule.level == "low"));
    let mut detector = Detector::new(&rules).unwrap();
    let at = Timestamp::from_millis(START);
    let of = |code: &str| json!({"metadata": {"event_code": code}});
    assert_eq!(detector.matches(&of("upgrade-begun"), at).len(), 1);
    assert_eq!(detector.matches(&of("upgrade-ended"), at).len(), 0);
    std::fs::write(folder.path().join("wrong.yml"), "title: [").unwrap();
    assert!(Rules::read(folder.path()).unwrap_err().to_string().contains("wrong.yml"));
}
