//! Only the final documents determine the World: not their order, not what was there before.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sekisho_policy_information::{Publication, Scope, Touched, World, WorldBuilder};
use serde_json::{Value, json};

use crate::support::{at, key, session_id, written_out};

const NOW: i64 = 1_000;

/// A document out of a small world in which everything refers to everything, is sometimes wrong and sometimes missing.
fn document() -> impl Strategy<Value = (Kind, String, Option<Value>)> {
    (0_usize..15, 0_u8..4, any::<[u8; 4]>()).prop_map(|(kind, n, dice)| {
        let (kind, id, body) = one(kind, n, dice);
        let body = match dice[3] % 10 {
            0..=1 => None,
            2 => Some(json!({"id": id, "nonsense": true})),
            _ => Some(body),
        };
        (kind, id, body)
    })
}

fn one(kind: usize, n: u8, [a, b, c, _]: [u8; 4]) -> (Kind, String, Value) {
    let groups: Vec<String> = (0..4).filter(|bit| b >> bit & 1 == 1).map(|n| format!("g{n}")).collect();
    let id = |letter: &str| format!("{letter}{n}");
    match kind {
        0 | 1 => {
            let status = if a % 3 == 0 { "disabled" } else { "active" };
            let body = json!({
                "id": id("u"), "name": "A", "groups": groups, "status": status, "clearance": c % 5,
                "department": format!("d{}", c % 2), "attributes": {"project": format!("p{}", a % 3), "level": c},
            });
            (Kind::User, id("u"), body)
        }
        2 | 3 => (Kind::Group, id("g"), json!({"id": id("g"), "name": "G", "groups": groups})),
        4 => {
            let status = if a % 3 == 0 { "revoked" } else { "active" };
            let key = (b % 4 > 0).then(|| key(b % 2));
            let body = json!({
                "id": id("d"), "name": "D", "owner": format!("u{}", c % 4), "platform": "linux", "status": status,
                "managed": a % 2 == 0, "ownership": if b % 2 == 0 { "corporate" } else { "personal" }, "key_sha256": key,
            });
            (Kind::Device, id("d"), body)
        }
        5 => {
            let failing: Vec<Value> = (0..a % 3).map(|n| json!({"check": format!("c{n}"), "found": "x"})).collect();
            let reported_at = (NOW - i64::from(b) * 3) * 1000;
            let body =
                json!({"device": id("d"), "reported_at": reported_at, "sequence": c, "facts": {}, "failing": failing});
            (Kind::Posture, id("d"), body)
        }
        6 => {
            let body = json!({
                "id": id("r"), "name": {"en": "R"}, "host": format!("h{}.test", a % 3), "owner": format!("u{}", b % 4),
                "categories": [format!("c{}", c % 2)], "sensitivity": c % 5, "tags": {"x": ["1", "2"]},
            });
            (Kind::Resource, id("r"), body)
        }
        7 => {
            let device = (b % 3 > 0).then(|| format!("d{}", b % 4));
            let proved = (c % 3 > 0).then(|| key(c % 2));
            let body = json!({
                "id": session_id(n), "user": format!("u{}", a % 4), "device": device, "device_key": proved,
                "established_at": 0, "authenticated_at": c, "expires_at": 9_000_000, "methods": ["passkey"], "address": "192.0.2.1",
            });
            (Kind::Session, session_id(n), body)
        }
        8 => {
            let about = if a % 2 == 0 {
                json!({"user": format!("u{}", b % 4)})
            } else {
                json!({"device": format!("d{}", b % 4)})
            };
            let ends_at = (NOW - 100 + i64::from(c)) * 1000;
            let body = json!({
                "id": id("s"), "about": about, "name": format!("signal-{}", a % 3), "weight": 1 + a % 100, "seen_at": 0,
                "ends_at": ends_at,
            });
            (Kind::Signal, id("s"), body)
        }
        11 => assessment(n, [a, b, c]),
        13 => {
            let body =
                json!({ "id": id("w"), "owner": format!("u{}", a % 4), "groups": groups, "disabled": b % 3 == 0 });
            (Kind::Workload, id("w"), body)
        }
        14 => {
            let proof = if a % 2 == 0 { json!({ "token": key(n) }) } else { json!({ "certificate": key(c % 2) }) };
            let body = json!({
                "id": session_id(n), "workload": format!("w{}", b % 4), "proof": proof, "origin": "issued", "made_at": 0,
                "expires_at": 1000 * i64::from(c),
            });
            (Kind::WorkloadCredential, session_id(n), body)
        }
        12 => {
            let roles: Vec<String> = groups.iter().take(2).cloned().collect();
            let body = json!({
                "id": id("w"), "owner": format!("u{}", a % 4), "roles": roles, "made_at": 0,
                "expires_at": 1000 * i64::from(c), "secret_hash": key(n), "authenticated_at": 0,
            });
            (Kind::ApiToken, id("w"), body)
        }
        9 => {
            let until = (NOW - 100 + i64::from(c)) * 1000;
            let body = json!({
                "id": id("x"), "user": format!("u{}", a % 4), "resource": format!("r{}", b % 4), "until": until, "reason": "",
            });
            (Kind::Grant, id("x"), body)
        }
        _ => {
            let networks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "0.0.0.0/4", "2001:db8::/32", "2000::/8"];
            let entry = |i: usize, d: u8| json!({"network": networks[i % networks.len()], "score": 1 + d % 100});
            let entries = [entry(a.into(), b), entry(b.into(), c), entry(c.into(), a)];
            (Kind::ThreatList, id("t"), json!({"id": id("t"), "entries": entries}))
        }
    }
}

/// Sometimes about what is not there, of what cannot be assessed, or out of range.
fn assessment(n: u8, [a, b, c]: [u8; 3]) -> (Kind, String, Value) {
    let id = format!("a{n}");
    let networks = ["10.0.0.0/8", "10.1.2.3/32", "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/1"];
    let (about, slot, value) = match a % 7 {
        0 => (json!({"device": format!("d{}", b % 4)}), "worst_vulnerability", json!(c % 110)),
        1 => (json!({"device": format!("d{}", b % 4)}), "known_exploited", json!(c % 2 == 0)),
        2 => (json!({"device": format!("d{}", b % 4)}), "tier", json!(c % 6)),
        3 => (json!({"user": format!("u{}", b % 4)}), "identity_assurance", json!(c % 5)),
        4 => (json!({"resource": format!("r{}", b % 4)}), "sensitivity", json!(c % 6)),
        5 => (json!({"session": session_id(b % 4)}), "assurance", json!(c % 4)),
        _ => {
            let about = json!({"address": networks[usize::from(b) % networks.len()]});
            match c % 3 {
                0 => (about, "country", json!(["JP", "US", "x"][usize::from(c / 3) % 3])),
                1 => (about, "asn", json!(c)),
                _ => (about, "threat", json!(c % 120)),
            }
        }
    };
    let until = (NOW - 100 + i64::from(c)) * 1000;
    let body = json!({
        "id": id, "about": about, "slot": slot, "value": value, "until": until, "source": "test", "why": "a test",
    });
    (Kind::Assessment, id, body)
}

fn change((n, (kind, id, body)): (usize, (Kind, String, Option<Value>))) -> Change {
    Change { revision: n as u64 + 1, kind, id, body, at: at(0) }
}

fn state(builder: &mut WorldBuilder) -> BTreeMap<String, String> {
    written_out(&builder.publish(at(NOW)), at(NOW))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_past_give_the_world_of_the_final_documents(
        documents in proptest::collection::vec(document(), 0..60), seed in any::<u64>()
    ) {
        let changes: Vec<Change> = documents.into_iter().enumerate().map(change).collect();
        let mut incremental = WorldBuilder::new();
        let mut last = BTreeMap::new();
        for (n, change) in changes.into_iter().enumerate() {
            let accepted = incremental.apply(&change).is_ok();
            prop_assert!(accepted || change.body.is_some(), "deleting is always accepted");
            if n % 3 == 0 {
                // An earlier time: risks must follow the clock too.
                incremental.publish(Timestamp::from_millis(at(NOW).as_millis() - 60_000 + n as i64 * 1000));
            }
            last.insert((change.kind, change.id.clone()), change);
        }
        let mut shuffled: Vec<&Change> = last.values().filter(|change| change.body.is_some()).collect();
        shuffled.sort_by_key(|change| {
            change.id.bytes().chain([change.kind as u8]).fold(seed, |h, b| h.wrapping_mul(0x100_0001b3).rotate_left(7) ^ u64::from(b))
        });
        let mut scratch = WorldBuilder::new();
        for change in &shuffled {
            let _ = scratch.apply(change);
        }
        prop_assert_eq!(state(&mut incremental), state(&mut scratch));

        for change in last.values() {
            let deleted = Change { body: None, ..change.clone() };
            prop_assert_eq!(incremental.apply(&deleted), Ok(()));
        }
        prop_assert_eq!(state(&mut incremental), state(&mut WorldBuilder::new()));
    }

    #[test]
    fn what_a_publication_does_not_name_has_not_changed(
        documents in proptest::collection::vec(document(), 1..60), step in 1_usize..5
    ) {
        let mut builder = WorldBuilder::new();
        let mut before = builder.publish(at(NOW - 100));
        let changes: Vec<Change> = documents.into_iter().enumerate().map(change).collect();
        for (n, batch) in changes.chunks(step).enumerate() {
            for change in batch {
                let _ = builder.apply(change);
            }
            let now = Timestamp::from_millis(at(NOW - 100).as_millis() + n as i64 * 5_000);
            let after = builder.publish(now);
            let Touched::Publications(publications) = after.touched_since(before.publication()) else {
                before = after;
                continue;
            };
            prop_assert_eq!(publications.len(), 1);
            let (old, new) = (written_out(&before, now), written_out(&after, now));
            for key in old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)) {
                prop_assert!(is_named(key, &after, &publications[0]), "{key} changed unnamed");
            }
            before = after;
        }
    }
}

/// Whether a publication names the thing under a key of `written_out`, or it is nothing that decisions read.
fn is_named(key: &str, world: &World, publication: &Publication) -> bool {
    let Scope::Only { entities, sessions } = &publication.scope else { return true };
    let named = |id: &str| entities.iter().any(|entity| world.id(*entity).as_str() == id);
    match key.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["session", id] => sessions.iter().any(|session| session.to_string() == *id),
        ["User" | "Group" | "Workload" | "Device" | "Resource" | "device", id] => named(id),
        // A token is named by its workload.
        ["token", id] => named(id),
        // A credential counts by its workload, and that by its owner.
        ["credential", id, workload] => {
            let owner =
                workload.parse().ok().and_then(|id| world.workload(&id)).map(|workload| workload.owner.as_str());
            sessions.iter().any(|session| session.to_string() == *id) || named(workload) || owner.is_some_and(named)
        }
        // A grant shows only between a user and a resource that are there.
        ["grant", user, resource] => named(user) || named(resource),
        ["resource" | "problem" | "checks", ..] => true,
        _ => false,
    }
}
