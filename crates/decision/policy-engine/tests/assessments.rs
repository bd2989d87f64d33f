//! Assessments as policies read them: each changes one decision, for what it is about and until it ends, and nothing else.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod support;

use std::sync::Arc;

use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sekisho_policy_engine::{Memory, is_permitted, shadow};
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};
use support::{Ask, NOON, Office, codes, minutes};

fn assess(office: &mut Office, id: &str, about: Value, slot: &str, value: Value, until: Timestamp) {
    office.put(Kind::Assessment, id, body(id, about, slot, value, until));
}

fn body(id: &str, about: Value, slot: &str, value: Value, until: Timestamp) -> Value {
    json!({
        "id": id, "about": about, "slot": slot, "value": value, "until": until, "source": "test", "why": "a test",
    })
}

/// Whether the engine permits, in agreement with the reference authoriser and with what may be remembered.
fn permits(world: &Arc<World>, ask: &Ask, now: Timestamp) -> bool {
    let (decision, request) = (ask.decide(world, now), ask.request(world, now));
    shadow::agrees(world.policies(), world, &request, &decision, now).expect("the reference agrees");
    assert_eq!(is_permitted(world.policies(), world, &request, now), decision.is_permit());
    decision.is_permit()
}

/// The policy, what is assessed, and whether a request is permitted without it and with it.
struct Case {
    policy: &'static str,
    about: Value,
    slot: &'static str,
    value: Value,
    before: bool,
}

fn cases() -> Vec<Case> {
    let laptop = || json!({"device": "alice-laptop"});
    let here = || json!({"address": "192.0.2.0/24"});
    let case = |policy, about, slot, value, before| Case { policy, about, slot, value, before };
    vec![
        case(
            "permit(principal, action, resource) when { context has device && context.device has worst_vulnerability && context.device.worst_vulnerability < 70 };",
            laptop(),
            "worst_vulnerability",
            json!(12),
            false,
        ),
        case(
            "permit(principal, action, resource); forbid(principal, action, resource) when { context has device && context.device has known_exploited && context.device.known_exploited };",
            laptop(),
            "known_exploited",
            json!(true),
            true,
        ),
        case(
            "permit(principal, action, resource) when { context has device && context.device has tier && context.device.tier >= 3 };",
            laptop(),
            "tier",
            json!(1),
            true,
        ),
        case(
            "permit(principal is Sekisho::User, action, resource) when { principal.identity_assurance >= 2 };",
            json!({"user": "alice"}),
            "identity_assurance",
            json!(1),
            true,
        ),
        case(
            "permit(principal, action, resource) when { resource.sensitivity <= 2 };",
            json!({"resource": "wiki"}),
            "sensitivity",
            json!(4),
            true,
        ),
        case(
            "permit(principal, action, resource) when { context.session.assurance >= 2 };",
            json!({"session": "07".repeat(16)}),
            "assurance",
            json!(1),
            true,
        ),
        case(
            "permit(principal, action, resource) when { context.network has country && context.network.country == \"JP\" };",
            here(),
            "country",
            json!("JP"),
            false,
        ),
        case(
            "permit(principal, action, resource) unless { context.network has asn && context.network.asn == 64496 };",
            here(),
            "asn",
            json!(64_496),
            true,
        ),
        case(
            "permit(principal, action, resource) when { context.network.threat < 50 };",
            here(),
            "threat",
            json!(80),
            true,
        ),
    ]
}

fn ground(policy: &str) -> Office {
    let mut office = Office::new(policy);
    let groups = ["staff", "finance"];
    office.put(
        Kind::User,
        "alice",
        json!({"id": "alice", "name": "alice", "employment": "staff", "groups": groups, "identity_assurance": 2}),
    );
    office.put(
        Kind::Session,
        &"07".repeat(16),
        json!({"id": "07".repeat(16), "user": "alice", "established_at": NOON, "authenticated_at": NOON,
            "expires_at": minutes(720), "methods": ["passkey"], "address": "192.0.2.7"}),
    );
    office
}

/// The request as it is asked with the session that the World has.
fn permitted(world: &Arc<World>, ask: &Ask) -> bool {
    let session = world.sessions().next().expect("a session");
    let request = ask.request(world, NOON).refreshed(
        Arc::clone(session),
        *ask.request(world, NOON).device(),
        world.network(ask.ip.parse().unwrap()),
    );
    is_permitted(world.policies(), world, &request, NOON)
}

#[test]
fn each_row_of_the_table_changes_the_decision_and_only_where_it_applies() {
    for Case { policy, about, slot, value, before } in cases() {
        let mut office = ground(policy);
        let world = office.world();
        assert_eq!(permitted(&world, &Ask::new("alice", "wiki")), before, "{slot} without an assessment");
        assess(&mut office, "a", about.clone(), slot, value.clone(), minutes(30));
        let world = office.world();
        assert_eq!(permitted(&world, &Ask::new("alice", "wiki")), !before, "{slot} with it");
        // Its neighbour: the same assessment of something else.
        let other = match about.as_object().unwrap().keys().next().unwrap().as_str() {
            "address" => json!({"address": "198.51.100.0/24"}),
            "session" => json!({"session": "08".repeat(16)}),
            kind => json!({kind: "another"}),
        };
        assess(&mut office, "a", other, slot, value, minutes(30));
        let world = office.world();
        assert_eq!(permitted(&world, &Ask::new("alice", "wiki")), before, "{slot} of another thing");
        office.delete(Kind::Assessment, "a");
        assert_eq!(permitted(&office.world(), &Ask::new("alice", "wiki")), before, "{slot} removed");
    }
}

#[test]
fn the_engine_agrees_with_the_reference_on_assessed_facts() {
    for Case { policy, about, slot, value, before } in cases().into_iter().filter(|case| case.slot != "assurance") {
        let mut office = ground(policy);
        assert_eq!(permits(&office.world(), &Ask::new("alice", "wiki"), NOON), before, "{slot}");
        assess(&mut office, "a", about, slot, value, minutes(30));
        assert_eq!(permits(&office.world(), &Ask::new("alice", "wiki"), NOON), !before, "{slot}");
    }
}

const EXPLOITED: &str = "permit(principal, action, resource) when { context has device && context.device has known_exploited && !context.device.known_exploited };";

#[test]
fn an_assessment_ends_and_what_was_remembered_under_it_ends_too() {
    let mut office = ground(EXPLOITED);
    assess(&mut office, "a", json!({"device": "alice-laptop"}), "known_exploited", json!(false), minutes(3));
    let world = office.world();
    let (ask, mut memory) = (Ask::new("alice", "wiki"), Memory::default());
    assert!(permits(&world, &ask, NOON));
    memory.remember(&world, &ask.request(&world, NOON), &ask.decide(&world, NOON), NOON);
    assert!(memory.recall(&world, &ask.request(&world, NOON), NOON).is_some());
    let later = office.world_at(minutes(3));
    assert!(!permits(&later, &ask, minutes(3)));
    assert!(memory.recall(&later, &ask.request(&later, minutes(3)), minutes(3)).is_none());
}

#[test]
fn of_several_sources_the_more_careful_one_counts() {
    let policy = "permit(principal, action, resource) when { context has device && context.device has worst_vulnerability && context.device.worst_vulnerability < 70 };";
    let mut office = ground(policy);
    let laptop = json!({"device": "alice-laptop"});
    assess(&mut office, "a", laptop.clone(), "worst_vulnerability", json!(20), minutes(2));
    assert!(permits(&office.world(), &Ask::new("alice", "wiki"), NOON));
    assess(&mut office, "b", laptop.clone(), "worst_vulnerability", json!(90), minutes(1));
    assert!(!permits(&office.world(), &Ask::new("alice", "wiki"), NOON));
    let later = office.world_at(minutes(1));
    assert!(permits(&later, &Ask::new("alice", "wiki"), minutes(1)), "the worse one has ended");
    // An assessment cannot make a device better than its report does.
    let mut office = ground(
        "permit(principal, action, resource) when { context has device && context.device has tier && context.device.tier >= 2 };",
    );
    office.posture("alice-laptop", NOON, &["firewall"]);
    assess(&mut office, "a", laptop, "tier", json!(4), minutes(30));
    assert!(!permits(&office.world(), &Ask::new("alice", "wiki"), NOON));
}

#[test]
fn a_stale_device_has_no_assessed_facts() {
    let mut office = ground(EXPLOITED);
    assess(&mut office, "a", json!({"device": "alice-laptop"}), "known_exploited", json!(false), minutes(60));
    let world = office.world();
    assert!(permits(&world, &Ask::new("alice", "wiki"), minutes(4)));
    assert!(!permits(&world, &Ask::new("alice", "wiki"), minutes(6)), "nothing stale can permit");
}

#[test]
fn the_longest_prefix_that_was_assessed_counts_attribute_by_attribute() {
    let mut office = ground(
        "permit(principal, action, resource) when { context.network has country && context.network.country == \"JP\" && context.network has asn };",
    );
    for (id, network, slot, value) in [
        ("a", "192.0.0.0/16", "country", json!("US")),
        ("b", "192.0.2.0/24", "country", json!("JP")),
        ("c", "192.0.0.0/8", "asn", json!(1)),
    ] {
        assess(&mut office, id, json!({"address": network}), slot, value, minutes(30));
    }
    let world = office.world();
    assert!(permits(&world, &Ask::new("alice", "wiki"), NOON));
    assert!(permits(&world, &Ask { ip: "::ffff:192.0.2.9", ..Ask::new("alice", "wiki") }, NOON));
    assert!(!permits(&world, &Ask { ip: "192.0.3.1", ..Ask::new("alice", "wiki") }, NOON));
    assert!(!permits(&world, &Ask { ip: "2001:db8::1", ..Ask::new("alice", "wiki") }, NOON));
}

#[test]
fn a_low_threat_of_one_address_takes_nothing_from_that_of_its_network() {
    let mut office = ground("permit(principal, action, resource) when { context.network.threat < 50 };");
    for (id, network, score) in [("a", "192.0.2.0/24", 90), ("b", "192.0.2.9/32", 10), ("c", "198.51.100.9/32", 10)] {
        assess(&mut office, id, json!({"address": network}), "threat", json!(score), minutes(30));
    }
    let world = office.world();
    assert!(!permits(&world, &Ask { ip: "192.0.2.9", ..Ask::new("alice", "wiki") }, NOON));
    assert!(permits(&world, &Ask { ip: "198.51.100.9", ..Ask::new("alice", "wiki") }, NOON));
    assert!(permits(&office.world(), &Ask { ip: "192.0.3.9", ..Ask::new("alice", "wiki") }, NOON));
}

#[test]
fn a_wrong_assessment_is_a_problem_and_counts_for_nothing() {
    let laptop = || json!({"device": "alice-laptop"});
    for (about, slot, value, says) in [
        (laptop(), "known_exploited", json!(1), "write true or false"),
        (laptop(), "worst_vulnerability", json!(101), "from 0 to 100"),
        (laptop(), "managed", json!(true), "`managed` cannot be assessed here: write one of [tier"),
        (laptop(), "country", json!("JP"), "cannot be assessed here"),
        (json!({"workload": "batch"}), "name", json!("x"), "write one of []"),
        (json!({"address": "192.0.2.0/24"}), "country", json!("Japan"), "two upper-case letters"),
        (json!({"address": "0.0.0.0/1"}), "threat", json!(1), "too wide"),
        (json!({"planet": "mars"}), "threat", json!(1), "unknown variant `planet`"),
    ] {
        let mut builder = WorldBuilder::new();
        let body = Some(body("a", about, slot, value, minutes(30)));
        let change = Change { revision: 1, kind: Kind::Assessment, id: "a".to_owned(), body, at: NOON };
        let problem = builder.apply(&change).expect_err(says).to_string();
        assert!(problem.starts_with("assessment `a`") && problem.contains(says), "{problem}");
        assert_eq!(builder.publish(NOON).problems().count(), 1);
    }
}

#[test]
fn a_critical_kind_that_is_unknown_denies_everything_and_a_plain_one_nothing() {
    let mut office = ground("permit(principal, action, resource);");
    let (ask, mut memory) = (Ask::new("alice", "wiki"), Memory::default());
    let world = office.world();
    memory.remember(&world, &ask.request(&world, NOON), &ask.decide(&world, NOON), NOON);
    let plain = office.world_without(&[("sundial", false)]);
    assert!(permits(&plain, &ask, NOON));
    assert!(memory.recall(&plain, &ask.request(&plain, NOON), NOON).is_some());
    let critical = office.world_without(&[("quarantine", true), ("sundial", false)]);
    assert!(!permits(&critical, &ask, NOON));
    assert_eq!(codes(&ask.decide(&critical, NOON)), ["facts-unreadable"]);
    assert!(memory.recall(&critical, &ask.request(&critical, NOON), NOON).is_none());
    assert_eq!((critical.unreadable_kind(), critical.problems().count()), (Some("quarantine"), 2));
    assert!(permits(&office.world_without(&[]), &ask, NOON), "once it is gone, decisions go on");
}
