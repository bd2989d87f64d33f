//! The trust algorithm on a World: what counts, for how long, and in which attribute.

use std::net::IpAddr;
use std::sync::Arc;

use sekisho_model::documents::Kind;
use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{Evidence, MethodSet, SessionFacts, SessionId, WhyUnknown};
use sekisho_policy_information::{Risk, World, WorldBuilder, trust};
use serde_json::json;

use crate::support::{at, delete, device, posture, put, signal, user};

const NOBODY: Evidence<Handle> = Evidence::Unknown(WhyUnknown::NotProven);

fn builder() -> WorldBuilder {
    let mut builder = WorldBuilder::new();
    let list = json!({"id": "l", "entries": [{"network": "203.0.113.0/24", "score": 30}]});
    for change in [
        user("alice", &[]),
        device("laptop"),
        posture("laptop", 0, &["disk"]),
        signal("s1", json!({"user": "alice"}), 20, 60),
        signal("s2", json!({"device": "laptop"}), 15, 120),
        put(Kind::ThreatList, "l", list),
    ] {
        builder.apply(&change).expect("a change that folds");
    }
    builder
}

fn risk(world: &World, device: &Evidence<Handle>, address: &str, now: i64) -> Risk {
    let address: IpAddr = address.parse().expect("an address");
    world.risk_of(&established(world, 0), device, &world.network(address), at(now))
}

/// A session of Alice's from that second.
fn established(world: &World, second: i64) -> SessionFacts {
    SessionFacts {
        id: SessionId::from_bytes([1; 16]),
        subject: world.user("alice").expect("a user"),
        device: None,
        established_at: at(second),
        authenticated_at: at(second),
        expires_at: at(100_000),
        methods: MethodSet::EMPTY,
        assurance_limit: None,
        rotation: 0,
    }
}

fn parts(risk: &Risk) -> Vec<(&str, u8)> {
    risk.contributions.iter().map(|part| (part.name.as_str(), part.share)).collect()
}

#[test]
fn user_device_and_address_add_up() {
    let world = builder().publish(at(1));
    let laptop = world.device("laptop").expect("a device");
    let all = risk(&world, &Evidence::Known(laptop), "203.0.113.9", 1);
    assert_eq!((all.score, all.trust()), (100, 0));
    assert_eq!(all.contributions.iter().map(|part| u32::from(part.share)).sum::<u32>(), 100);
    assert_eq!(all.changes_at, Some(at(60)));
    assert_eq!(all.without(trust::THREAT_ADDRESS).score, 75);
    let stale = Evidence::Stale { value: laptop, confirmed_at: at(0) };
    assert_eq!(risk(&world, &stale, "203.0.113.9", 1), all, "silence takes no risk away");
    let anonymous = risk(&world, &NOBODY, "192.0.2.1", 1);
    assert_eq!(parts(&anonymous), [("passkey-copied", 20)]);
}

#[test]
fn a_signal_counts_until_its_end() {
    let world = builder().publish(at(1));
    assert_eq!(risk(&world, &NOBODY, "192.0.2.1", 59).score, 20);
    let ended = risk(&world, &NOBODY, "192.0.2.1", 60);
    assert_eq!((ended.score, ended.changes_at), (0, None));
}

#[test]
fn the_attributes_follow_at_the_next_publication() {
    let mut builder = builder();
    let attribute = |world: &Arc<World>, handle: Option<Handle>| {
        world.facts().get(handle.expect("a handle")).expect("facts").get(Slot::Risk).clone()
    };
    let world = builder.publish(at(1));
    assert_eq!(attribute(&world, world.user("alice")), Fact::Long(20));
    assert_eq!(attribute(&world, world.device("laptop")), Fact::Long(55));
    let world = builder.publish(at(59));
    assert_eq!(attribute(&world, world.user("alice")), Fact::Long(20));
    let world = builder.publish(at(60));
    assert_eq!(attribute(&world, world.user("alice")), Fact::Long(0));
    builder.apply(&posture("laptop", 61, &[])).expect("a posture");
    let world = builder.publish(at(61));
    assert_eq!(attribute(&world, world.device("laptop")), Fact::Long(15));
    builder.apply(&delete(Kind::Signal, "s2")).expect("deleting");
    let world = builder.publish(at(62));
    assert_eq!(attribute(&world, world.device("laptop")), Fact::Long(0));
}

#[test]
fn failed_sign_ins_weigh_on_sessions_after_them_and_on_none_before() {
    let mut builder = builder();
    let failed = json!({
        "id": "f", "about": {"user": "alice"}, "name": trust::FAILED_SIGN_INS, "weight": 50, "seen_at": 30_000,
        "ends_at": 60_000,
    });
    builder.apply(&put(Kind::Signal, "f", failed)).expect("a signal");
    let world = builder.publish(at(31));
    let network = world.network("192.0.2.1".parse().expect("an address"));
    let risk = |second, now| world.risk_of(&established(&world, second), &NOBODY, &network, at(now)).score;
    assert_eq!([risk(0, 31), risk(29, 31)], [20, 20], "a session that stood before");
    assert_eq!([risk(30, 31), risk(40, 41)], [70, 70], "one that was opened after");
    assert_eq!(risk(40, 60), 0, "when both signals have ended");
    let user = world.facts().get(world.user("alice").expect("a user")).expect("facts");
    assert_eq!(user.get(Slot::Risk), &Fact::Long(20), "what every session reads");
}
