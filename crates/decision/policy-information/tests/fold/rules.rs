//! What the World says of given documents: one rule per test, the refusal beside the permission.

use std::sync::Arc;

use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::{EntityType, Fact, Slot};
use sekisho_model::{Evidence, SessionId, TimeZone, WhyUnknown};
use sekisho_policy_information::{FoldProblem, Scope, Touched, World, WorldBuilder};
use serde_json::json;

use crate::support::{
    api_token, at, delete, device, group, key, posture, put, resource, session, session_id, session_with_key, user,
    workload,
};

fn world(changes: &[Change]) -> Arc<World> {
    let mut builder = WorldBuilder::new();
    for change in changes {
        builder.apply(change).expect("a change that folds");
    }
    builder.publish(at(10))
}

fn ancestors(world: &World, kind: EntityType, id: &str) -> Vec<String> {
    let handle = world.facts().find(kind, id).expect("an entity");
    let ancestors = world.facts().get(handle).expect("an entity").ancestors();
    let mut names: Vec<String> = ancestors.iter().map(|group| world.id(*group).to_string()).collect();
    names.sort_unstable();
    names
}

fn shown(world: &World, n: u8) -> Option<&Arc<sekisho_model::SessionFacts>> {
    world.session(&SessionId::from_hex(&session_id(n)).expect("a session identifier"))
}

#[test]
fn a_member_has_the_ancestors_of_its_groups_whichever_comes_first() {
    let world = world(&[user("alice", &["payroll"]), group("payroll", &["finance"]), group("finance", &["staff"])]);
    assert_eq!(ancestors(&world, EntityType::User, "alice"), ["finance", "payroll", "staff"]);
    assert_eq!(ancestors(&world, EntityType::Group, "payroll"), ["finance", "staff"]);
}

#[test]
fn a_circle_of_groups_is_named_and_does_not_count() {
    let mut builder = WorldBuilder::new();
    for change in [user("alice", &["a"]), group("a", &["b"]), group("b", &["c", "staff"])] {
        builder.apply(&change).expect("a change that folds");
    }
    let problem = builder.apply(&group("c", &["a"])).expect_err("a circle");
    assert!(matches!(&problem, FoldProblem::GroupCycle { group, .. } if group.as_str() == "c"), "{problem}");
    assert!(problem.to_string().contains("c in a in b in c"), "{problem}");
    let world = builder.publish(at(10));
    assert_eq!(ancestors(&world, EntityType::User, "alice"), ["a"], "nothing comes through a circle");
    assert_eq!(ancestors(&world, EntityType::Group, "b"), ["staff"], "what is outside the circle counts");
    assert_eq!(world.problems().count(), 3, "each group of the circle is told");

    builder.apply(&delete(Kind::Group, "c")).expect("the circle is broken");
    let world = builder.publish(at(11));
    assert_eq!(ancestors(&world, EntityType::User, "alice"), ["a", "b", "c", "staff"]);
    assert_eq!(world.problems().count(), 0);
}

#[test]
fn a_host_leads_to_its_only_claimant_and_otherwise_nowhere() {
    let mut builder = WorldBuilder::new();
    builder.apply(&resource("wiki", "wiki.test")).expect("a resource");
    let leads = |world: &World| world.resource_by_host("wiki.test").map(|handle| world.id(handle).to_string());
    assert_eq!(leads(&builder.publish(at(1))).as_deref(), Some("wiki"));
    let problem = builder.apply(&resource("wiki-2", "wiki.test")).expect_err("claimed twice");
    assert_eq!(
        problem.to_string(),
        "host `wiki.test` is claimed by `wiki` and `wiki-2`: give it to one of them; until then it leads nowhere"
    );
    assert_eq!(leads(&builder.publish(at(2))), None);
    builder.apply(&resource("wiki-2", "other.test")).expect("no longer claimed twice");
    let world = builder.publish(at(3));
    assert_eq!((leads(&world).as_deref(), world.problems().count()), (Some("wiki"), 0));
}

#[test]
fn sessions_vanish_with_their_user_and_come_back_with_it() {
    let mut builder = WorldBuilder::new();
    builder.apply(&session(1, "alice", None)).expect("a session");
    assert!(shown(&builder.publish(at(1)), 1).is_none(), "its user is not there");
    builder.apply(&user("alice", &[])).expect("a user");
    assert!(shown(&builder.publish(at(2)), 1).is_some());
    let disabled = put(Kind::User, "alice", json!({"id": "alice", "name": "A", "status": "disabled"}));
    builder.apply(&disabled).expect("a user");
    assert!(shown(&builder.publish(at(3)), 1).is_none(), "its user is disabled");
    builder.apply(&user("alice", &[])).expect("a user");
    assert!(shown(&builder.publish(at(4)), 1).is_some());
    builder.apply(&delete(Kind::User, "alice")).expect("deleting");
    assert!(shown(&builder.publish(at(5)), 1).is_none(), "its user is gone");
}

#[test]
fn a_session_is_live_until_its_end() {
    let world = world(&[user("alice", &[]), session(1, "alice", None)]);
    let id = SessionId::from_hex(&session_id(1)).expect("a session identifier");
    assert!(world.live_session(&id, at(3_599)).is_some());
    assert!(world.live_session(&id, at(3_600)).is_none());
}

#[test]
fn i5_a_session_that_rests_on_an_authentication_of_the_future_is_none() {
    let world = world(&[user("alice", &[]), session(1, "alice", None)]);
    let id = SessionId::from_hex(&session_id(1)).expect("a session identifier");
    // It was authenticated at 0: the clock of whoever wrote it may be a minute ahead, and no more.
    assert!(world.live_session(&id, at(-60)).is_some());
    assert!(world.live_session(&id, at(-61)).is_none());
}

#[test]
fn i5_a_device_is_evidence_only_while_it_may_be_used_and_its_report_is_fresh() {
    let evidence = |changes: &[Change], now| {
        let world = world(changes);
        world.device_evidence(world.device("laptop").expect("a device"), at(now))
    };
    let report = posture("laptop", 0, &[]);
    assert!(matches!(evidence(&[device("laptop"), report.clone()], 299), Evidence::Known(_)));
    assert!(matches!(evidence(&[report.clone(), device("laptop")], 299), Evidence::Known(_)), "whichever comes first");
    assert!(
        matches!(evidence(&[device("laptop"), report.clone()], 300), Evidence::Stale { confirmed_at, .. } if confirmed_at == at(0))
    );
    assert_eq!(evidence(&[device("laptop")], 0), Evidence::Unknown(WhyUnknown::NeverReported));
    for field in [json!({"status": "revoked"}), json!({"key_sha256": null})] {
        let mut changed = device("laptop");
        let body = changed.body.as_mut().and_then(|body| body.as_object_mut()).expect("an object");
        body.extend(field.as_object().expect("an object").clone());
        assert_eq!(evidence(&[changed, report.clone()], 1), Evidence::Unknown(WhyUnknown::NotEnrolled), "{field}");
    }
}

#[test]
fn i5_a_revoked_device_ends_its_sessions_and_its_key_opens_nothing() {
    let bound = session_with_key(1, "alice", "laptop", &key(1));
    let changes = [user("alice", &[]), device("laptop"), bound];
    let good = world(&changes);
    let laptop = good.device("laptop").expect("a device");
    assert_eq!(shown(&good, 1).expect("a session").device, Some(laptop));
    assert!(good.device_key_matches(laptop, &key(1)));
    assert!(!good.device_key_matches(laptop, &key(2)));
    assert!(!good.device_key_matches(laptop, ""));

    let revoked = json!({"id": "laptop", "name": "l", "platform": "linux", "key_sha256": key(1), "status": "revoked"});
    let bad = world(&[&changes[..], &[put(Kind::Device, "laptop", revoked)]].concat());
    assert_eq!(shown(&bad, 1), None);
    assert!(!bad.device_key_matches(bad.device("laptop").expect("a device"), &key(1)));
}

#[test]
fn i5_a_session_ends_with_its_device_and_with_the_key_that_the_device_proved() {
    let with_key = |seed: u8| json!({"id": "laptop", "name": "l", "platform": "linux", "key_sha256": key(seed)});
    let mut builder = WorldBuilder::new();
    for change in [
        user("alice", &[]),
        device("laptop"),
        device("other"),
        session(1, "alice", None),
        session(2, "alice", Some("laptop")),
        session_with_key(3, "alice", "laptop", &key(1)),
        session_with_key(4, "alice", "laptop", &key(2)),
        session_with_key(5, "alice", "other", &key(1)),
    ] {
        builder.apply(&change).expect("a document");
    }
    let mut seen = |change: Option<sekisho_model::documents::Change>| {
        if let Some(change) = change {
            builder.apply(&change).expect("a document");
        }
        let world = builder.publish(at(0));
        (1..=5).filter(|n| shown(&world, *n).is_some()).collect::<Vec<u8>>()
    };
    assert_eq!(seen(None), [1, 3, 5], "and none that proved another key, or none");
    assert_eq!(seen(Some(posture("laptop", 0, &["disk"]))), [1, 3, 5], "a report ends nothing");
    assert_eq!(seen(Some(delete(Kind::Device, "laptop"))), [1, 5]);
    // Enrolled again by another key, the device does not bring back what the first one had.
    assert_eq!(seen(Some(put(Kind::Device, "laptop", with_key(3)))), [1, 5]);
    assert_eq!(seen(Some(put(Kind::Device, "laptop", with_key(1)))), [1, 3, 5], "its own key does");
    let mut planned = with_key(1);
    planned["key_sha256"] = json!(null);
    assert_eq!(seen(Some(put(Kind::Device, "laptop", planned))), [1, 5]);
    let refused = builder.apply(&session_with_key(6, "alice", "laptop", "ab")).expect_err("no key");
    assert!(refused.to_string().contains("device_key"), "{refused}");
}

#[test]
fn a_device_carries_what_it_reported() {
    let world = world(&[device("laptop"), posture("laptop", 0, &["disk", "firewall"])]);
    let facts = world.facts().get(world.device("laptop").expect("a device")).expect("facts");
    assert_eq!(*facts.get(Slot::Compliant), Fact::Bool(false));
    assert_eq!(*facts.get(Slot::FailingChecks), Fact::set([Fact::string("disk"), Fact::string("firewall")]));
    assert_eq!((facts.get(Slot::Tier), facts.get(Slot::Risk)), (&Fact::Long(1), &Fact::Long(40)));
}

#[test]
fn a_document_that_cannot_be_read_counts_as_absent() {
    let mut builder = WorldBuilder::new();
    builder.apply(&user("alice", &[])).expect("a user");
    for body in [json!({"id": "alice", "name": "A", "clearance": 9}), json!({"id": "bob", "name": "B"}), json!(7)] {
        let problem = builder.apply(&put(Kind::User, "alice", body.clone())).expect_err("refused");
        assert!(matches!(problem, FoldProblem::Unreadable { .. }), "{body}");
        let world = builder.publish(at(1));
        assert_eq!((world.user("alice"), world.problems().count()), (None, 1), "{body}");
    }
    builder.apply(&user("alice", &[])).expect("a user");
    assert_eq!(builder.publish(at(2)).problems().count(), 0);
}

#[test]
fn of_several_grants_the_one_that_lasts_longest_counts_until_it_ends() {
    let grant = |id: &str, until: i64| {
        let body = json!({"id": id, "user": "alice", "resource": "wiki", "until": until * 1000, "reason": "r"});
        put(Kind::Grant, id, body)
    };
    let world = world(&[user("alice", &[]), resource("wiki", "w.test"), grant("short", 20), grant("long", 30)]);
    let (alice, wiki) = (world.user("alice").expect("a user"), world.resource_by_host("w.test").expect("a resource"));
    let id = |now| world.grant(alice, wiki, at(now)).map(|grant| grant.id.to_string());
    assert_eq!(id(29).as_deref(), Some("long"));
    assert_eq!(id(30), None);
    assert!(world.grant(wiki, alice, at(0)).is_none());
}

#[test]
fn networks_too_wide_to_be_a_threat_do_not_count_and_the_rest_does() {
    let entries = json!([
        {"network": "0.0.0.0/0", "score": 99}, {"network": "2000::/3", "score": 99}, {"network": "::ffff:0:0/96", "score": 99},
        {"network": "10.0.0.0/8", "score": 10}, {"network": "10.1.0.0/16", "score": 5}, {"network": "2001::/16", "score": 7},
    ]);
    let mut builder = WorldBuilder::new();
    let problem =
        builder.apply(&put(Kind::ThreatList, "a", json!({"id": "a", "entries": entries}))).expect_err("too wide");
    assert!(matches!(&problem, FoldProblem::NetworkTooWide { networks, .. } if networks.len() == 3), "{problem}");
    let other = json!({"id": "b", "entries": [{"network": "10.1.2.0/24", "score": 3}]});
    builder.apply(&put(Kind::ThreatList, "b", other)).expect("a threat list");
    let world = builder.publish(at(1));
    let threat = |address: &str| world.network(address.parse().expect("an address")).threat();
    assert_eq!(threat("10.9.9.9"), 10);
    assert_eq!(threat("10.1.9.9"), 5, "the longest prefix of one list");
    assert_eq!(threat("10.1.2.9"), 5, "the highest score of several lists");
    assert_eq!((threat("192.0.2.1"), threat("2001::1"), threat("2002::1")), (0, 7, 0));
}

#[test]
fn a_named_time_zone_counts_before_the_fixed_offset_and_an_unknown_one_is_a_problem() {
    let find = |name: &str| (name == "Europe/Berlin").then(|| TimeZone::named(name, 60, vec![(at(500), 120)]));
    let fold = |body| {
        let mut builder = WorldBuilder::new().with_time_zones(find);
        let outcome = builder.apply(&put(Kind::Settings, "settings", body));
        (builder.publish(at(600)), outcome)
    };
    let (world, outcome) = fold(json!({"time_zone": "Europe/Berlin", "utc_offset_minutes": 540}));
    outcome.expect("a zone that is known");
    let zone = world.time_zone();
    assert_eq!((zone.offset_at(at(499)), zone.offset_at(at(500)), zone.name()), (60, 120, Some("Europe/Berlin")));
    assert_eq!(fold(json!({"utc_offset_minutes": -210})).0.time_zone().offset_at(at(0)), -210);
    let (world, outcome) = fold(json!({"time_zone": "Europe/Bern"}));
    assert!(outcome.expect_err("no zone").to_string().contains("IANA"));
    assert_eq!(world.time_zone().offset_at(at(0)), 540, "the default is in force");
}

#[test]
fn zones_come_from_the_settings() {
    let zones = json!([
        {"name": "office", "networks": ["10.0.0.0/8"]}, {"name": "lab", "networks": ["10.1.0.0/16", "10.0.0.0/8"]},
    ]);
    let world = world(&[put(Kind::Settings, "settings", json!({"zones": zones, "session_idle": "10m"}))]);
    let zone = |address: &str| world.network(address.parse().expect("an address")).zone().map(str::to_owned);
    assert_eq!(zone("10.1.0.1").as_deref(), Some("lab"));
    assert_eq!(zone("10.2.0.1").as_deref(), Some("office"), "written first");
    assert_eq!(zone("192.0.2.1"), None);
    assert_eq!(world.settings().session_idle.as_seconds(), 600);
}

#[test]
fn a_policy_set_that_does_not_load_leaves_the_one_before_in_force() {
    let policy = |text: &str| put(Kind::Policy, "a", json!({"text": text}));
    let mut builder = WorldBuilder::new();
    builder.apply(&policy("permit (principal, action, resource);")).expect("folded");
    let good = builder.publish(at(1));
    assert_eq!((good.policies().len(), good.problems().count()), (1, 0));
    builder.apply(&policy("permit (principal, action, resource) when { nonsense };")).expect("folded");
    let bad = builder.publish(at(2));
    assert_eq!((bad.policies().len(), bad.problems().count()), (1, 1));
    assert!(Arc::ptr_eq(good.policies(), bad.policies()));
    builder.apply(&delete(Kind::Policy, "a")).expect("folded");
    let none = builder.publish(at(3));
    assert_eq!((none.policies().len(), none.problems().count()), (0, 0));
}

#[test]
fn policies_of_another_version_deny_what_they_permit_and_hold_up_no_others() {
    let mut builder = WorldBuilder::new();
    let text = "permit (principal, action, resource == Sekisho::Resource::\"a\");
        @obligation(\"watermark\") permit (principal, action, resource == Sekisho::Resource::\"b\");
        @owner(\"hana\") forbid (principal, action, resource == Sekisho::Resource::\"c\");";
    builder.apply(&put(Kind::Policy, "a", json!({"text": text}))).expect("folded");
    let world = builder.publish(at(1));
    let ids: Vec<_> = world.policies().metas().iter().map(|meta| meta.id.to_string()).collect();
    assert_eq!(ids, ["a.1", "a.3"]);
    let told: Vec<String> = world.problems().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("watermark") && told[0].contains("@owner"), "{told:?}");
    builder.apply(&put(Kind::Policy, "a", json!({"text": "permit (principal, action, resource);"}))).expect("folded");
    assert_eq!(builder.publish(at(2)).problems().count(), 0);
}

#[test]
fn a_rehearsal_does_not_reach_the_builder() {
    let mut builder = WorldBuilder::new();
    builder.apply(&user("alice", &[])).expect("a user");
    let mut rehearsal = builder.clone();
    rehearsal.apply(&delete(Kind::User, "alice")).expect("deleting");
    assert!(rehearsal.publish(at(1)).user("alice").is_none());
    assert!(builder.publish(at(1)).user("alice").is_some());
}

#[test]
fn reading_everything_again_keeps_the_handles_and_touches_everything() {
    let mut builder = WorldBuilder::new();
    builder.apply(&user("alice", &[])).expect("a user");
    let before = builder.publish(at(1));
    let mut again = builder.afresh();
    for change in [user("bob", &[]), user("alice", &[])] {
        again.apply(&change).expect("a user");
    }
    builder.publish(at(1));
    builder.replace(again);
    let after = builder.publish(at(2));
    assert_eq!(after.user("alice"), before.user("alice"));
    assert!(after.publication() > before.publication());
    assert_eq!(after.touched_since(before.publication()), Touched::Everything { since: at(2) });
}

#[test]
fn an_api_token_is_a_workload_in_the_groups_of_its_roles_until_it_is_gone() {
    let mut builder = WorldBuilder::new();
    for change in [api_token("ci", "alice", &["auditors"]), user("alice", &["auditors"]), group("auditors", &["staff"])]
    {
        builder.apply(&change).expect("a change that folds");
    }
    let world = builder.publish(at(10));
    assert_eq!(ancestors(&world, EntityType::Workload, "ci"), ["auditors", "staff"], "whichever comes first");
    let handle = world.facts().find(EntityType::Workload, "ci").expect("a workload");
    let facts = world.facts().get(handle).expect("a workload");
    assert_eq!(*facts.get(Slot::Owner), Fact::Entity(world.user("alice").expect("a user")));
    assert_eq!((world.display_name(handle).as_str(), facts.get(Slot::TrustDomain)), ("ci", &Fact::Absent));

    builder.apply(&group("auditors", &[])).expect("a group");
    assert_eq!(ancestors(&builder.publish(at(11)), EntityType::Workload, "ci"), ["auditors"], "groups change under it");

    builder.apply(&delete(Kind::ApiToken, "ci")).expect("removing");
    let gone = builder.publish(at(12));
    assert_eq!((gone.facts().find(EntityType::Workload, "ci"), gone.api_tokens().count()), (None, 0));
    let Touched::Publications(touched) = gone.touched_since(world.publication()) else { panic!("no publications") };
    let tells = |scope: &Scope| matches!(scope, Scope::Only { entities, .. } if entities.contains(&handle));
    assert!(touched.iter().any(|publication| tells(&publication.scope)));
}

#[test]
fn an_api_token_without_an_end_or_a_role_counts_as_absent() {
    for (field, value) in [("expires_at", json!(400 * 86_400_000_i64)), ("roles", json!([])), ("id", json!("other"))] {
        let mut builder = WorldBuilder::new();
        builder.apply(&api_token("ci", "alice", &["auditors"])).expect("a token");
        let mut wrong = api_token("ci", "alice", &["auditors"]);
        wrong.body.as_mut().expect("a body")[field] = value;
        assert!(matches!(builder.apply(&wrong), Err(FoldProblem::Unreadable { .. })), "{field}");
        let world = builder.publish(at(10));
        assert_eq!(world.facts().find(EntityType::Workload, "ci"), None, "{field}");
        assert_eq!(world.api_tokens().count(), 0, "{field}");
    }
}

#[test]
fn i56_a_name_belongs_to_a_workload_before_it_belongs_to_an_api_token_whichever_came_first() {
    let (owned, token) = (workload("ci", "olga", &["jobs"]), api_token("ci", "mallory", &["auditors"]));
    for changes in [[owned.clone(), token.clone()], [token.clone(), owned]] {
        let mut builder = WorldBuilder::new();
        for change in changes.iter().chain([&user("olga", &[]), &user("mallory", &["auditors"])]) {
            builder.apply(change).expect("a change that folds");
        }
        let world = builder.publish(at(10));
        assert_eq!(ancestors(&world, EntityType::Workload, "ci"), ["jobs"]);
        assert!(world.api_token(&"ci".parse().expect("a name")).is_none(), "the token opens nothing");
        // With the workload gone, the name is the token's.
        builder.apply(&delete(Kind::Workload, "ci")).expect("removing");
        let world = builder.publish(at(11));
        assert_eq!(ancestors(&world, EntityType::Workload, "ci"), ["auditors"]);
        assert!(world.api_token(&"ci".parse().expect("a name")).is_some());
    }
}

#[test]
fn i56_a_workload_is_told_apart_from_a_person_of_the_same_name() {
    let mut builder = WorldBuilder::new();
    for change in [workload("olga", "olga", &[]), user("olga", &[])] {
        builder.apply(&change).expect("a change that folds");
    }
    let world = builder.publish(at(10));
    let job = world.facts().find(EntityType::Workload, "olga").expect("a workload");
    let person = world.user("olga").expect("a user");
    assert_eq!((&*world.subject_name(job), &*world.subject_name(person)), ("workload:olga", "olga"));
}
