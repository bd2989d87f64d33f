//! Conditions are read as they were written.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use sekisho_model::facts::{Fact, Interner};
use sekisho_policy_language::{Policies, PolicyText, fact_text};

fn written(condition: &str) -> Vec<String> {
    let interner = Interner::new();
    let text = format!("permit (principal is Sekisho::User, action, resource) when {{ {condition} }};");
    let texts = [PolicyText { name: "test".to_owned(), text }];
    let policies = Policies::load(&texts, &interner).unwrap();
    let program = policies.program();
    program.terms(policies.compiled()[0].condition).iter().map(|term| program.written(*term, &interner)).collect()
}

#[test]
fn a_condition_is_read_as_it_was_written() {
    for (condition, expected) in [
        ("principal in Sekisho::Group::\"hr\"", vec!["principal in Group::\"hr\""]),
        ("context.session.assurance >= 2", vec!["context.session.assurance >= 2"]),
        (
            "context has device && context.device has compliant && context.device.compliant",
            vec!["context has device", "context.device has compliant", "context.device.compliant"],
        ),
        (
            "!(context.risk > 50 || principal.clearance < resource.sensitivity)",
            vec!["!((context.risk > 50) || (principal.clearance < resource.sensitivity))"],
        ),
        (
            "context.network has zone && [\"office\", \"home\"].contains(context.network.zone)",
            vec!["context has network.zone", "[\"home\", \"office\"].contains(context.network.zone)"],
        ),
        (
            "context has request && context.request.path like \"/admin/*\"",
            vec!["context has request.method", "context.request.path like \"/admin/*\""],
        ),
        ("context.network.ip.isInRange(ip(\"10.0.0.0/8\"))", vec!["context.network.ip.isInRange(10.0.0.0/8)"]),
        ("context.session.auth_age < duration(\"1h30m\")", vec!["context.session.auth_age < 1h30m"]),
        (
            "principal.hasTag(\"shift\") || context.hour == 3",
            vec!["principal.hasTag(\"shift\") || (context.hour == 3)"],
        ),
    ] {
        assert_eq!(written(condition), expected);
    }
}

#[test]
fn values_are_read_as_people_write_them() {
    let interner = Interner::new();
    for (fact, text) in [
        (Fact::Duration(0), "0s"),
        (Fact::Duration(90_000), "1m30s"),
        (Fact::Duration(-500), "-500ms"),
        (Fact::Duration(90_061_000), "1d1h1m1s"),
        (Fact::Datetime(0), "1970-01-01T00:00:00Z"),
        (Fact::set([Fact::string("a\"b"), Fact::Long(-3)]), "[-3, \"a\\\"b\"]"),
        (Fact::ip("10.0.0.7".parse().unwrap()), "10.0.0.7"),
    ] {
        assert_eq!(fact_text(&fact, &interner), text);
    }
}
