//! A decision taken apart, and what would be decided for somebody in other groups.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use sekisho_model::facts::EntityType;
use sekisho_model::{Action, Outcome};
use sekisho_policy_engine::{ExplainedPolicy, Explanation, Source, State, Supposed, explain, suppose};
use sekisho_policy_information::World;
use support::{Ask, NOON, Office, minutes};

const POLICIES: &str = r#"
@id("finance-reads-payroll")
permit (principal in Sekisho::Group::"finance", action, resource == Sekisho::Resource::"payroll")
when { context has device && context.device has compliant && context.device.compliant && context.session.assurance >= 2 };

@id("administrators-do-everything")
permit (principal is Sekisho::User, action, resource)
when { principal in Sekisho::Group::"administrators" && principal.clearance >= 4 };

@id("nobody-with-risk")
forbid (principal, action, resource) when { context.risk > 60 };

@id("wiki-is-open")
permit (principal, action in [Sekisho::Action::"use"], resource == Sekisho::Resource::"wiki");
"#;

fn explained(world: &World, ask: &Ask, groups: &Supposed) -> Explanation {
    explain(world.policies(), world, &ask.request(world, NOON), NOON, None, groups)
}

fn policy<'a>(explanation: &'a Explanation, id: &str) -> &'a ExplainedPolicy {
    explanation.policies.iter().find(|policy| policy.id.as_str() == id).unwrap()
}

fn groups(world: &World, joined: &[&str], left: &[&str]) -> Supposed {
    let handles = |names: &[&str]| {
        names.iter().map(|name| world.facts().find(EntityType::Group, name).unwrap()).collect::<Vec<_>>()
    };
    Supposed { joined: handles(joined), left: handles(left), at: None }
}

#[test]
fn each_condition_says_whether_it_holds_and_what_it_reads() {
    let world = Office::new(POLICIES).world();
    let explanation = explained(&world, &Ask::new("bob", "payroll"), &Supposed::default());
    let payroll = policy(&explanation, "finance-reads-payroll");
    assert_eq!(payroll, &explanation.policies[0], "the nearest comes first");
    let rows: Vec<(&str, State)> = payroll.conditions.iter().map(|one| (one.text.as_str(), one.state)).collect();
    assert_eq!(
        rows,
        [
            ("principal in Group::\"finance\"", State::Fails),
            ("context has device", State::Holds),
            ("context.device has compliant", State::Holds),
            ("context.device.compliant", State::Holds),
            ("context.session.assurance >= 2", State::Holds),
        ]
    );
    let [scope, .., assurance] = &payroll.conditions[..] else { panic!("{payroll:?}") };
    assert_eq!(scope.group.as_deref(), Some("finance"));
    assert_eq!(scope.values[0].value.as_deref(), Some("[engineering, staff]"));
    assert_eq!(
        (assurance.values[0].name.as_str(), assurance.values[0].source),
        ("context.session.assurance", Source::Session)
    );
    assert_eq!(assurance.values[0].value.as_deref(), Some("3"));
    let administrators = policy(&explanation, "administrators-do-everything");
    assert_eq!(administrators.conditions[1].group.as_deref(), Some("administrators"));
    assert!(!policy(&explanation, "nobody-with-risk").satisfied);
    assert!(
        explanation.policies.iter().all(|policy| policy.id.as_str() != "wiki-is-open"),
        "it is about something else"
    );
}

#[test]
fn what_is_not_there_is_missing_and_what_follows_it_is_not_asked() {
    let world = Office::new(POLICIES).world();
    let ask = Ask { device: None, ..Ask::new("alice", "payroll") };
    let explanation = explained(&world, &ask, &Supposed::default());
    let payroll = policy(&explanation, "finance-reads-payroll");
    let states: Vec<State> = payroll.conditions.iter().map(|one| one.state).collect();
    assert_eq!(states, [State::Holds, State::Fails, State::NotAsked, State::NotAsked, State::Holds]);
    assert_eq!(payroll.conditions[1].values[0].value, None);
}

#[test]
fn i4_what_is_explained_as_satisfied_is_what_the_engine_found_satisfied() {
    let mut office = Office::new(POLICIES);
    let compare = |office: &mut Office, now| {
        let world = office.world_at(now);
        assert_eq!((world.policies().len(), world.problems().count()), (4, 0));
        for (user, resource) in [("alice", "wiki"), ("alice", "payroll"), ("bob", "wiki"), ("bob", "payroll")] {
            for device in [None, Some("alice-laptop")] {
                for action in Action::ALL {
                    let ask = Ask { device, action, ..Ask::new(user, resource) };
                    let request = ask.request(&world, now);
                    let decision = ask.decide(&world, now);
                    let explanation = explain(world.policies(), &world, &request, now, None, &Supposed::default());
                    let satisfied = explanation.policies.iter().filter(|policy| policy.satisfied);
                    let mut satisfied: Vec<_> = satisfied.map(|policy| policy.id.clone()).collect();
                    let mut determining = decision.determining();
                    satisfied.sort();
                    determining.sort();
                    assert_eq!(satisfied, determining, "{user} {action:?} {resource} from {device:?}");
                    let supposed = suppose(world.policies(), &world, &request, now, &Supposed::default());
                    assert_eq!((supposed.outcome, &supposed.reasons[..]), (decision.kind(), decision.reasons()));
                }
            }
        }
    };
    compare(&mut office, NOON);
    office.posture("alice-laptop", NOON, &["disk-encryption"]);
    compare(&mut office, minutes(1));
    // The report is stale by then.
    compare(&mut office, minutes(600));
}

#[test]
fn a_supposed_group_permits_on_paper_and_a_left_one_denies() {
    let world = Office::new(POLICIES).world();
    let outcome = |user: &'static str, groups: &Supposed| {
        suppose(world.policies(), &world, &Ask::new(user, "payroll").request(&world, NOON), NOON, groups).outcome
    };
    let nothing = Supposed::default();
    let finance = groups(&world, &["finance"], &[]);
    assert_eq!((outcome("bob", &nothing), outcome("bob", &finance)), (Outcome::Deny, Outcome::Permit));
    let leaves = groups(&world, &[], &["finance"]);
    assert_eq!((outcome("alice", &nothing), outcome("alice", &leaves)), (Outcome::Permit, Outcome::Deny));
    let explanation = explained(&world, &Ask::new("bob", "payroll"), &finance);
    assert!(policy(&explanation, "finance-reads-payroll").satisfied);
    assert!(!Ask::new("bob", "payroll").decide(&world, NOON).is_permit(), "nothing was changed");
}

#[test]
fn many_policies_are_counted_and_the_nearest_are_shown() {
    let many: String = (0..40)
        .map(|number| format!("permit (principal is Sekisho::User, action, resource) when {{ principal.clearance >= 4 && context.risk > {} }};\n", number + 1))
        .collect();
    let world = Office::new(&format!(
        "{many}\npermit (principal is Sekisho::User, action, resource) when {{ principal.clearance >= 4 }};"
    ))
    .world();
    let explanation = explained(&world, &Ask::new("bob", "payroll"), &Supposed::default());
    assert_eq!((explanation.policies.len(), explanation.more), (12, 29));
    assert_eq!(explanation.policies[0].conditions.len(), 2, "one condition fails of the nearest");
}

#[test]
fn a_supposed_time_moves_the_clock_and_leaves_everything_as_old_as_it_is() {
    let policy = r#"
        permit (principal, action, resource)
        when { context.hour >= 9 && context.hour < 18 && context.session.auth_age < duration("1h")
               && context has device && context.device has compliant && context.device.compliant };"#;
    let mut office = Office::new(policy);
    office.put(sekisho_model::documents::Kind::Settings, "settings", serde_json::json!({"utc_offset_minutes": 540}));
    let world = office.world();
    let outcome = |after_noon: i64| {
        let supposed = Supposed { at: Some(minutes(after_noon)), ..Supposed::default() };
        suppose(world.policies(), &world, &Ask::new("alice", "wiki").request(&world, NOON), NOON, &supposed).outcome
    };
    // Tomorrow at 14:00 is in office hours and tomorrow at 3:00 is not, whatever the age of the session and the report.
    assert_eq!((outcome(26 * 60), outcome(15 * 60)), (Outcome::Permit, Outcome::Deny));
}
