//! A remembered answer is the answer that would be given afresh, and stands only while what it read is the same.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use sekisho_model::documents::Kind;
use sekisho_model::{Method, MethodSet};
use sekisho_policy_engine::Memory;
use sekisho_policy_information::World;
use sekisho_policy_language::Obligation;
use serde_json::json;
use support::{Ask, NOON, Office, minutes};

const POLICIES: &str = r#"
@obligation("record")
permit(principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll")
when { context has device.compliant && context.device.compliant && context.session.auth_age < duration("15m") };
permit(principal, action, resource == Sekisho::Resource::"wiki");
forbid(principal, action, resource) when { context has request && context.request.path like "/secret/*" };
"#;

/// Decides and remembers, as a gateway does.
fn first(memory: &mut Memory, world: &Arc<World>, ask: &Ask, now: sekisho_model::Timestamp) -> bool {
    let decision = ask.decide(world, now);
    memory.remember(world, &ask.request(world, now), &decision, now);
    decision.is_permit()
}

fn recalled(memory: &mut Memory, world: &Arc<World>, ask: &Ask, now: sekisho_model::Timestamp) -> bool {
    memory.recall(world, &ask.request(world, now), now).is_some()
}

#[test]
fn an_answer_stands_until_something_it_read_changes() {
    let mut office = Office::new(POLICIES);
    let (mut memory, ask) = (Memory::new(16), Ask::new("alice", "payroll"));
    let world = office.world();
    assert!(first(&mut memory, &world, &ask, NOON));
    let (permit, decision) = memory.recall(&world, &ask.request(&world, NOON), NOON).unwrap();
    assert_eq!((permit.obligations(), decision.as_str()), ([Obligation::Record].as_slice(), "r-1"));
    assert!(recalled(&mut memory, &world, &ask, minutes(4)));
    assert!(!recalled(&mut memory, &world, &ask, minutes(5)), "the posture is stale by then");
    assert!(!recalled(&mut memory, &world, &ask, minutes(-1)), "time does not run backwards");
    assert!(!recalled(&mut memory, &world, &Ask { device: None, ..ask.clone() }, NOON));
    assert!(!recalled(&mut memory, &world, &Ask { authenticated_at: minutes(-1), ..ask.clone() }, NOON));
    assert!(!recalled(&mut memory, &world, &Ask { path: Some("/secret/x"), ..ask.clone() }, NOON));
    assert!(!recalled(&mut memory, &world, &Ask::new("bob", "payroll"), NOON));
    // Something else changes: the answer stands. The device changes: it does not.
    office.put(Kind::User, "bob", json!({"id": "bob", "name": "Bob"}));
    let world = office.world();
    assert!(recalled(&mut memory, &world, &ask, NOON));
    office.posture("alice-laptop", NOON, &["a-check"]);
    assert!(!recalled(&mut memory, &office.world(), &ask, NOON));
}

#[test]
fn an_answer_that_read_another_device_falls_with_its_report() {
    let text = r#"permit(principal, action, resource)
        unless { Sekisho::Device::"host" has compliant && !Sekisho::Device::"host".compliant };"#;
    let mut office = Office::new(text);
    office.put(
        Kind::Device,
        "host",
        json!({"id": "host", "name": "H", "platform": "linux", "key_sha256": "cd".repeat(32)}),
    );
    office.posture("host", minutes(-60), &["disk-encrypted"]);
    let (mut memory, ask) = (Memory::new(16), Ask::new("alice", "wiki"));
    let world = office.world();
    assert!(first(&mut memory, &world, &ask, NOON), "what it reported is too old to be read");
    assert!(recalled(&mut memory, &world, &ask, minutes(1)));
    office.posture("host", NOON, &["disk-encrypted"]);
    let world = office.world();
    assert!(!recalled(&mut memory, &world, &ask, NOON));
    assert!(!ask.decide(&world, NOON).is_permit());
    office.posture("host", NOON, &[]);
    let world = office.world();
    assert!(first(&mut memory, &world, &ask, NOON) && recalled(&mut memory, &world, &ask, minutes(4)));
    assert!(!recalled(&mut memory, &world, &ask, minutes(5)), "the report is stale by then");
}

#[test]
fn an_answer_falls_with_its_account_and_its_policies() {
    let mut office = Office::new(POLICIES);
    let (mut memory, ask) = (Memory::new(16), Ask::new("alice", "wiki"));
    let world = office.world();
    assert!(first(&mut memory, &world, &ask, NOON) && recalled(&mut memory, &world, &ask, NOON));
    office.put(Kind::User, "alice", json!({"id": "alice", "name": "alice", "status": "disabled", "groups": ["staff"]}));
    assert!(!recalled(&mut memory, &office.world(), &ask, NOON));

    let mut office = Office::new(POLICIES);
    let world = office.world();
    assert!(first(&mut memory, &world, &ask, NOON) && recalled(&mut memory, &world, &ask, NOON));
    office.delete(Kind::Policy, "test");
    assert!(!recalled(&mut memory, &office.world(), &ask, NOON));
}

#[test]
fn denials_and_answers_of_the_moment_are_not_remembered() {
    let mut office =
        Office::new("permit(principal, action, resource) when { context.session.age.toSeconds() < 99999 };");
    let world = office.world();
    let mut memory = Memory::new(16);
    assert!(first(&mut memory, &world, &Ask::new("alice", "wiki"), NOON));
    office.delete(Kind::Policy, "test");
    assert!(!first(&mut memory, &office.world(), &Ask::new("alice", "wiki"), NOON));
    assert!(memory.is_empty());
}

#[test]
fn the_memory_is_bounded() {
    let mut office = Office::new("permit(principal, action, resource) when { context has request };");
    let world = office.world();
    let mut memory = Memory::new(2);
    for path in ["/1", "/2", "/3", "/4", "/5", "/6"] {
        for (user, resource) in [("alice", "wiki"), ("alice", "payroll")] {
            assert!(first(&mut memory, &world, &Ask { path: Some(path), ..Ask::new(user, resource) }, NOON));
        }
    }
    assert!(memory.len() <= 2 * 4, "{}", memory.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_remembered_answer_equals_a_fresh_one(
        steps in proptest::collection::vec((0_usize..9, 0_usize..3, 0_usize..2, 0_i64..20), 1..25)
    ) {
        let mut office = Office::new(POLICIES);
        let mut world = office.world();
        let mut memory = Memory::new(8);
        for (change, who, what, minute) in steps {
            match change {
                0 => office.posture("alice-laptop", minutes(minute), &[]),
                1 => office.posture("alice-laptop", minutes(minute), &["a-check"]),
                2 => office.put(Kind::User, "alice", json!({"id": "alice", "name": "alice", "groups": ["finance"]})),
                3 => office.put(Kind::User, "alice", json!({"id": "alice", "name": "alice"})),
                4 => office.put(Kind::Resource, "payroll", json!({"id": "payroll", "name": {"en": "p"}, "sensitivity": 2})),
                _ => {}
            }
            if change < 5 {
                world = office.world();
            }
            let ask = Ask {
                methods: MethodSet::EMPTY.with(Method::Password),
                device: (who != 2).then_some("alice-laptop"),
                path: (change == 5).then_some("/secret/a"),
                ..Ask::new(["alice", "bob", "alice"][who], ["wiki", "payroll"][what])
            };
            let now = minutes(minute);
            let fresh = ask.decide(&world, now);
            if let Some((permit, _)) = memory.recall(&world, &ask.request(&world, now), now) {
                let Ok(fresh) = fresh.into_permit() else {
                    return Err(TestCaseError::fail("remembered, and denied afresh"));
                };
                prop_assert_eq!(permit.obligations(), fresh.obligations());
            } else {
                memory.remember(&world, &ask.request(&world, now), &fresh, now);
            }
        }
    }
}
