//! What a decision comes to, and what it tells: each permit beside the denial that differs in one fact.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use sekisho_model::documents::Kind;
use sekisho_model::{Action, Method, MethodSet, Outcome};
use sekisho_policy_engine::{Denial, Verdict, is_permitted_without_device, shadow};
use sekisho_policy_language::Obligation;
use serde_json::json;
use support::{Ask, NOON, Office, codes, minutes, remedies};

const WIKI: &str = r#"
@id("wiki-staff")
permit(principal is Sekisho::User in Sekisho::Group::"staff", action in [Sekisho::Action::"read", Sekisho::Action::"write"], resource == Sekisho::Resource::"wiki");
"#;

const PAYROLL: &str = r#"
@id("payroll-finance")
@reason("Payroll is for the finance department, on a compliant device, within 15 minutes of a passkey sign-in.")
@obligation("record")
permit(principal is Sekisho::User, action == Sekisho::Action::"read", resource == Sekisho::Resource::"payroll")
when {
  principal has department && principal.department == "finance" &&
  context has device.compliant && context.device.compliant &&
  context.session.assurance >= 3 && context.session.auth_age < duration("15m")
};
"#;

#[test]
fn i1_a_permit_comes_out_of_a_permitting_decision_only() {
    let world = Office::new(WIKI).world();
    let permit = Ask::new("alice", "wiki").decide(&world, NOON).into_permit().unwrap();
    assert_eq!((permit.resource(), permit.world()), (permit.request().resource(), world.revision()));
    let denial = Ask::new("alice", "payroll").decide(&world, NOON).into_permit();
    assert_eq!(denial.unwrap_err().kind(), Outcome::Deny);
}

#[test]
fn i2_nothing_permits_without_a_permit() {
    let mut office = Office::new("");
    let decision = Ask::new("alice", "wiki").decide(&office.world(), NOON);
    assert!(matches!(decision.outcome(), Verdict::Deny(Denial::NotPermitted)));
    assert_eq!(codes(&decision), ["no-policy-permits"]);
    office.policy(WIKI);
    let world = office.world();
    assert!(Ask::new("alice", "wiki").decide(&world, NOON).is_permit());
    assert!(!Ask { action: Action::Delete, ..Ask::new("alice", "wiki") }.decide(&world, NOON).is_permit());
    assert!(!Ask::new("alice", "payroll").decide(&world, NOON).is_permit());
}

#[test]
fn what_no_device_changes_is_said_to_be_the_same_from_every_device() {
    let low =
        "@id(\"low\") permit(principal, action == Sekisho::Action::\"delete\", resource) when { context.risk < 1 };";
    let world = Office::new(&format!("{WIKI}{PAYROLL}{low}")).world();
    let without = |resource, action| {
        let request = Ask { action, device: None, ..Ask::new("alice", resource) }.request(&world, NOON);
        is_permitted_without_device(world.policies(), &world, &request, NOON)
    };
    assert_eq!(without("wiki", Action::Read), Some(true));
    assert_eq!(without("wiki", Action::Administer), Some(false));
    assert_ne!(without("wiki", Action::Delete), Some(false), "a device has a part in the risk");
    assert_eq!(without("payroll", Action::Read), None, "from a compliant device it may be permitted");
}

#[test]
fn i3_a_forbid_wins_and_gives_its_reason() {
    let forbid = "@id(\"closed\") @reason(\"Closed.\") @reason_ja(\"閉鎖\") forbid(principal, action, resource == Sekisho::Resource::\"wiki\");";
    for text in [format!("{WIKI}{forbid}"), format!("{forbid}{WIKI}")] {
        let decision = Ask::new("alice", "wiki").decide(&Office::new(&text).world(), NOON);
        assert!(matches!(decision.outcome(), Verdict::Deny(Denial::Forbidden)));
        assert_eq!(codes(&decision), ["closed"]);
        assert_eq!(decision.reasons()[0].text.ja.as_deref(), Some("閉鎖"));
        assert_eq!(decision.determining()[0].as_str(), "closed");
        assert!(decision.remedies().is_empty());
    }
}

#[test]
fn i4_a_policy_that_fails_denies() {
    let failing = "@id(\"fails\") forbid(principal, action, resource) when { resource has owner && resource.owner.name == \"x\" };";
    let mut office = Office::new(&format!("{WIKI}{failing}"));
    assert!(Ask::new("alice", "wiki").decide(&office.world(), NOON).is_permit());
    office.put(Kind::Resource, "wiki", json!({"id": "wiki", "name": {"en": "Wiki"}, "owner": "nobody"}));
    let world = office.world();
    let decision = Ask::new("alice", "wiki").decide(&world, NOON);
    assert!(matches!(decision.outcome(), Verdict::Deny(Denial::Errored)));
    assert_eq!((decision.errors()[0].as_str(), codes(&decision)), ("fails", vec!["policy-error"]));
    let request = Ask::new("alice", "wiki").request(&world, NOON);
    assert_eq!(shadow::agrees(world.policies(), &world, &request, &decision, NOON), Ok(()));
}

#[test]
fn i5_a_stale_posture_denies_and_says_how_old_it_is() {
    let mut office = Office::new(PAYROLL);
    let world = office.world();
    assert!(Ask::new("alice", "payroll").decide(&world, minutes(4)).is_permit());
    let decision = Ask::new("alice", "payroll").decide(&world, minutes(9));
    assert_eq!(decision.kind(), Outcome::Deny);
    assert_eq!(decision.reasons()[0].code, "device-posture-stale");
    assert_eq!(decision.reasons()[0].text.en, "The device last reported 9 minutes ago: open the agent.");
    assert_eq!(remedies(&decision), ["report-device"]);
    // A request that was made while the report was fresh is not older evidence than the World's.
    let then = Ask::new("alice", "payroll").request(&world, NOON);
    assert!(!sekisho_policy_engine::decide(world.policies(), &world, &then, minutes(9)).is_permit());
    office.posture("alice-laptop", minutes(9), &[]);
    assert!(Ask::new("alice", "payroll").decide(&office.world(), minutes(9)).is_permit());
}

/// Nobody reaches the wiki while the machine that it runs on is out of compliance.
const HOSTED: &str = r#"
permit(principal, action, resource == Sekisho::Resource::"wiki");
@id("host-not-compliant")
forbid(principal, action, resource == Sekisho::Resource::"wiki")
when { Sekisho::Device::"wiki-host" has compliant && !Sekisho::Device::"wiki-host".compliant };
"#;

fn wiki_host(office: &mut Office) {
    let host = json!({"id": "wiki-host", "name": "Host", "platform": "linux", "key_sha256": "cd".repeat(32)});
    office.put(Kind::Device, "wiki-host", host);
}

#[test]
fn i3_a_forbid_on_another_device_s_posture_forbids() {
    let mut office = Office::new(HOSTED);
    wiki_host(&mut office);
    for device in [Some("alice-laptop"), None, Some("wiki-host")] {
        let ask = Ask { device, ..Ask::new("alice", "wiki") };
        office.posture("wiki-host", NOON, &[]);
        let world = office.world();
        assert!(ask.decide(&world, NOON).is_permit(), "{device:?}");
        office.posture("wiki-host", NOON, &["disk-encrypted"]);
        let world = office.world();
        let decision = ask.decide(&world, NOON);
        assert!(matches!(decision.outcome(), Verdict::Deny(Denial::Forbidden)), "{device:?}");
        let request = ask.request(&world, NOON);
        assert_eq!(shadow::agrees(world.policies(), &world, &request, &decision, NOON), Ok(()));
    }
}

#[test]
fn i5_another_device_s_posture_is_read_only_while_it_is_fresh_and_the_device_may_be_used() {
    let text = r#"permit(principal, action, resource)
        when { Sekisho::Device::"wiki-host" has compliant && Sekisho::Device::"wiki-host".compliant };"#;
    let mut office = Office::new(text);
    wiki_host(&mut office);
    let ask = Ask { device: None, ..Ask::new("alice", "wiki") };
    assert!(!ask.decide(&office.world(), NOON).is_permit(), "it never reported");
    office.posture("wiki-host", NOON, &[]);
    let world = office.world();
    let decision = ask.decide(&world, minutes(4));
    assert!(decision.is_permit());
    assert_eq!(decision.valid_until(), minutes(5), "the answer ends with the report");
    let late = ask.decide(&world, minutes(5));
    assert!(!late.is_permit());
    assert_eq!(shadow::agrees(world.policies(), &world, &ask.request(&world, minutes(5)), &late, minutes(5)), Ok(()));
    office.put(
        Kind::Device,
        "wiki-host",
        json!({"id": "wiki-host", "name": "Host", "platform": "linux", "key_sha256": "cd".repeat(32), "status": "revoked"}),
    );
    assert!(!ask.decide(&office.world(), NOON).is_permit(), "it was revoked");
}

#[test]
fn a_device_out_of_compliance_is_denied_with_the_check_s_words() {
    let mut office = Office::new(PAYROLL);
    office.put(
        Kind::Check,
        "no-telnet",
        json!({"id": "no-telnet", "fact": "ports.listening", "expect": {"holds-none": ["23"]},
            "reason": {"en": "Telnet is listening."}, "remedy": {"en": "Stop the telnet service."}}),
    );
    office.posture("alice-laptop", NOON, &["no-telnet"]);
    let decision = Ask::new("alice", "payroll").decide(&office.world(), NOON);
    assert_eq!(codes(&decision), ["device-not-compliant", "payroll-finance", "no-policy-permits"]);
    assert!(decision.reasons()[0].text.en.contains("Telnet is listening."));
    assert_eq!(remedies(&decision), ["heal-device"]);
    assert!(decision.remedies()[0].text.en.contains("Stop the telnet service."));
}

#[test]
fn weaker_or_older_authentication_is_challenged() {
    let mut office = Office::new(PAYROLL);
    let world = office.world();
    let password = MethodSet::EMPTY.with(Method::Password).with(Method::Totp);
    let weak = Ask { methods: password, ..Ask::new("alice", "payroll") };
    let old = Ask { authenticated_at: minutes(-15), ..Ask::new("alice", "payroll") };
    for ask in [weak, old] {
        let decision = ask.decide(&world, NOON);
        assert!(matches!(decision.outcome(), Verdict::Challenge(challenge) if challenge.assurance == 3));
        assert_eq!(remedies(&decision), ["authenticate"]);
    }
    assert!(Ask { authenticated_at: minutes(-14), ..Ask::new("alice", "payroll") }.decide(&world, NOON).is_permit());
    // Nothing that an engineer can do makes him a member of the finance department.
    let bob = Ask::new("bob", "payroll").decide(&world, NOON);
    assert_eq!((bob.kind(), remedies(&bob), codes(&bob)), (Outcome::Deny, vec![], vec!["no-policy-permits"]));
}

#[test]
fn two_things_are_asked_for_when_one_is_not_enough() {
    let mut office = Office::new(PAYROLL);
    let ask = Ask { device: None, authenticated_at: minutes(-60), ..Ask::new("alice", "payroll") };
    let decision = ask.decide(&office.world(), NOON);
    assert_eq!(decision.kind(), Outcome::Deny);
    assert_eq!(remedies(&decision), ["authenticate+prove-device"]);
    assert_eq!(
        codes(&decision),
        ["device-not-proven", "authentication-insufficient", "payroll-finance", "no-policy-permits"]
    );
}

#[test]
fn networks_and_grants_are_remedies() {
    let mut office = Office::new(
        "permit(principal, action, resource == Sekisho::Resource::\"wiki\") when { context.network has zone && context.network.zone == \"office\" };
         permit(principal, action, resource == Sekisho::Resource::\"payroll\") when { context has grant && context.grant.until > context.now };",
    );
    office.put(Kind::Settings, "settings", json!({"zones": [{"name": "office", "networks": ["10.0.0.0/8"]}]}));
    let world = office.world();
    let wiki = Ask::new("alice", "wiki").decide(&world, NOON);
    assert_eq!(remedies(&wiki), ["other-network"]);
    assert_eq!(wiki.remedies()[0].text.en, "Connect from the network zone `office`.");
    assert!(Ask { ip: "10.1.2.3", ..Ask::new("alice", "wiki") }.decide(&world, NOON).is_permit());
    assert_eq!(remedies(&Ask::new("alice", "payroll").decide(&world, NOON)), ["grant"]);
    office.put(
        Kind::Grant,
        "g1",
        json!({"id": "g1", "user": "alice", "resource": "payroll", "until": minutes(30), "reason": "audit"}),
    );
    let world = office.world();
    let granted = Ask::new("alice", "payroll").decide(&world, minutes(29));
    assert!(granted.is_permit());
    assert!(!Ask::new("alice", "payroll").decide(&world, minutes(30)).is_permit());
    assert!(!Ask::new("bob", "payroll").decide(&world, minutes(29)).is_permit());
}

#[test]
fn whoever_may_not_ask_at_all_is_denied_whatever_policies_say() {
    let mut office = Office::new("permit(principal, action, resource);");
    let world = office.world();
    assert!(Ask::new("alice", "wiki").decide(&world, NOON).is_permit());
    let nobody = Ask::new("carol", "wiki").decide(&world, NOON);
    assert!(matches!(nobody.outcome(), Verdict::Deny(Denial::NotEligible)));
    assert_eq!(codes(&nobody), ["account-unknown"]);
    assert_eq!(codes(&Ask::new("alice", "nothing").decide(&world, NOON)), ["resource-unknown"]);
    let ask = Ask { expires_at: minutes(10), ..Ask::new("alice", "wiki") };
    assert!(ask.decide(&world, minutes(9)).is_permit());
    assert_eq!(codes(&ask.decide(&world, minutes(10))), ["session-expired"]);
    office.put(Kind::User, "alice", json!({"id": "alice", "name": "alice", "status": "disabled"}));
    assert_eq!(codes(&Ask::new("alice", "wiki").decide(&office.world(), NOON)), ["account-disabled"]);
}

#[test]
fn report_only_policies_are_told_and_not_enforced() {
    let watch = "@id(\"watch\") @mode(\"report-only\") forbid(principal, action, resource) when { context.session.assurance < 3 };";
    let mut office = Office::new(&format!("{WIKI}{watch}"));
    let world = office.world();
    let strong = Ask::new("alice", "wiki").decide(&world, NOON);
    assert!(strong.is_permit() && strong.report_only().is_empty());
    let weak = Ask { methods: MethodSet::EMPTY.with(Method::Password), ..Ask::new("alice", "wiki") };
    let weak = weak.decide(&world, NOON);
    assert!(weak.is_permit());
    assert_eq!(weak.report_only()[0].as_str(), "watch");
    office.policy("@id(\"trial\") @mode(\"report-only\") permit(principal, action, resource);");
    let trial = Ask::new("alice", "wiki").decide(&office.world(), NOON);
    assert!(!trial.is_permit());
    assert_eq!(trial.report_only()[0].as_str(), "trial");
}

#[test]
fn obligations_and_the_end_of_an_answer_are_told() {
    let mut office = Office::new(PAYROLL);
    let world = office.world();
    let decision = Ask::new("alice", "payroll").decide(&world, minutes(2));
    // The posture becomes stale five minutes after noon, before the passkey is 15 minutes old.
    assert_eq!(decision.valid_until(), minutes(5));
    let permit = decision.into_permit().unwrap();
    assert_eq!(permit.obligations(), [Obligation::Record]);
    office.policy("permit(principal, action, resource) when { context.session.auth_age < duration(\"15m\") };");
    let world = office.world();
    assert_eq!(Ask::new("alice", "wiki").decide(&world, minutes(2)).valid_until(), minutes(15));
    office.policy("permit(principal, action, resource) when { context.session.auth_age.toMinutes() < 15 };");
    assert_eq!(Ask::new("alice", "wiki").decide(&office.world(), minutes(2)).valid_until(), minutes(2));
    office.policy("permit(principal, action, resource) when { context.hour >= 9 && context.hour < 18 };");
    assert_eq!(Ask::new("alice", "wiki").decide(&office.world(), minutes(2)).valid_until(), minutes(60));
    office.policy("permit(principal, action, resource);");
    assert_eq!(Ask::new("alice", "wiki").decide(&office.world(), minutes(2)).valid_until(), minutes(720));
}

#[test]
fn the_record_explains_the_decision() {
    let mut office = Office::new(PAYROLL);
    let world = office.world();
    let ask = Ask { device: None, path: Some("/x"), ..Ask::new("alice", "payroll") };
    let request = ask.request(&world, NOON);
    let decision = ask.decide(&world, NOON);
    let record = decision.to_record(&world, &request, NOON);
    assert_eq!((record.outcome, record.subject.as_deref()), (Outcome::Deny, Some("alice")));
    assert_eq!((record.resource.as_deref(), record.path.as_deref()), (Some("payroll"), Some("/x")));
    assert_eq!((record.remedies, record.device), (vec!["prove-device".to_owned()], None));
    assert_eq!(record.reasons, ["device-not-proven", "payroll-finance", "no-policy-permits"]);
    assert_eq!(record.world, world.revision());
    assert!(record.failing_checks.is_empty(), "no device, no check");
    // Which check failed is read long after the device has been mended.
    office.posture("alice-laptop", NOON, &["disk-encrypted", "no-telnet"]);
    let (world, ask) = (office.world(), Ask::new("alice", "payroll"));
    let record = ask.decide(&world, NOON).to_record(&world, &ask.request(&world, NOON), NOON);
    assert_eq!((record.device.as_deref(), record.outcome), (Some("alice-laptop"), Outcome::Deny));
    assert_eq!(record.failing_checks, ["disk-encrypted", "no-telnet"]);
}

#[test]
fn i19_a_decision_that_the_reference_does_not_share_is_told() {
    let mut office = Office::new(&format!("{WIKI}{PAYROLL}"));
    let world = office.world();
    let other = Office::new("permit(principal, action, resource);").world();
    for ask in [
        Ask::new("alice", "wiki"),
        Ask::new("bob", "payroll"),
        Ask { path: Some("/é"), ..Ask::new("alice", "payroll") },
    ] {
        let request = ask.request(&world, NOON);
        let decision = ask.decide(&world, NOON);
        assert_eq!(shadow::agrees(world.policies(), &world, &request, &decision, NOON), Ok(()));
        assert!(shadow::agrees(other.policies(), &world, &request, &decision, NOON).is_err());
    }
}

#[test]
fn another_persons_device_is_nothing_that_one_is_told_to_mend() {
    let policy = "permit(principal, action, resource) when { context has device && context.device has compliant && context.device.compliant };";
    let mut office = Office::new(policy);
    office.posture("alice-laptop", NOON, &["a-check"]);
    let world = office.world();
    assert_eq!(remedies(&Ask::new("alice", "wiki").decide(&world, NOON)), ["heal-device"]);
    assert_eq!(remedies(&Ask::new("bob", "wiki").decide(&world, NOON)), ["other-device"]);
}

#[test]
fn who_needs_a_grant_is_told_whom_to_ask() {
    let mut office = Office::new("permit(principal, action, resource) when { context has grant };");
    let text = |office: &mut Office| {
        let decision = Ask::new("bob", "wiki").decide(&office.world(), NOON);
        decision.remedies().iter().map(|remedy| remedy.text.en.clone()).collect::<Vec<_>>().join(" ")
    };
    assert!(text(&mut office).contains("Ask an administrator"), "{}", text(&mut office));
    office.put(Kind::Resource, "wiki", json!({"id": "wiki", "name": {"en": "Wiki"}, "owner": "alice"}));
    assert!(text(&mut office).contains("who is responsible for this resource"), "{}", text(&mut office));
}

#[test]
fn a_denial_names_the_nearest_policies_and_counts_the_others() {
    let permits: String = (0..1_963)
        .map(|n| {
            format!(
                "@id(\"permit-{n}\") @reason(\"Needs {n}.\") permit(principal, action, resource) when {{ context.session.phishing_resistant }};\n"
            )
        })
        .collect();
    let world = Office::new(&permits).world();
    let weak = Ask { methods: MethodSet::EMPTY.with(Method::Password), ..Ask::new("alice", "wiki") };
    let decision = weak.decide(&world, NOON);
    assert_eq!(remedies(&decision), ["authenticate"], "the remedy is found among however many policies");
    let named = codes(&decision).iter().filter(|code| code.starts_with("permit-")).count();
    assert_eq!(named, 5);
    let more = decision.reasons().last().unwrap();
    assert_eq!(more.code, "more-policies");
    assert!(more.text.en.contains("1958") && more.text.ja.as_deref().unwrap().contains("1958"), "{more:?}");
    let length: usize = decision.reasons().iter().map(|reason| reason.text.en.len()).sum();
    assert!(length < 1_000, "{length}");

    let forbids: String = (0..40)
        .map(|n| format!("@id(\"forbid-{n}\") forbid(principal, action, resource == Sekisho::Resource::\"wiki\");\n"))
        .collect();
    let world = Office::new(&format!("{WIKI}{forbids}")).world();
    let decision = Ask::new("alice", "wiki").decide(&world, NOON);
    assert_eq!(codes(&decision), ["forbid-0", "forbid-1", "forbid-2", "forbid-3", "forbid-4", "more-policies"]);
    assert_eq!(decision.determining().len(), 40, "the record has them all");

    let mut few = Office::new(
        "@id(\"one\") @reason(\"One.\") permit(principal, action, resource) when { context.session.assurance > 2 };",
    );
    let decision = weak.decide(&few.world(), NOON);
    assert!(!codes(&decision).contains(&"more-policies"), "{:?}", codes(&decision));
}
