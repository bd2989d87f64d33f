//! The trust algorithm on a World: what counts, for how long, and in which attribute.

use std::net::IpAddr;
use std::sync::Arc;

use sekisho_model::documents::Kind;
use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{Evidence, WhyUnknown};
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
    world.risk_of(world.user("alice").expect("a user"), device, &world.network(address), at(now))
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
    assert_eq!(parts(&anonymous), [(trust::FAILED_SIGN_INS, 20)]);
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
