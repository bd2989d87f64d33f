//! What is wrong with a policy set is told with its place and its fix, and refuses the set whole.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use sekisho_model::facts::Interner;
use sekisho_policy_language::{Effect, Policies, PolicyProblem, PolicyText};

fn load(text: &str) -> Result<Policies, Vec<PolicyProblem>> {
    Policies::load(&[PolicyText { name: "a.cedar".to_owned(), text: text.to_owned() }], &Interner::new())
}

/// Line, column, and parts of message and fix of the first problem.
fn expect(text: &str, line: usize, column: usize, message: &str, fix: &str) {
    let problems = load(text).expect_err(text);
    let first = problems.first().unwrap();
    assert_eq!((first.file.as_str(), first.line, first.column), ("a.cedar", line, column), "{first}");
    assert!(first.message.contains(message) && first.fix.contains(fix), "{first}");
}

#[test]
fn problems_name_line_column_and_fix() {
    expect("\n  permit(principal, action, resource) when { 1 + };", 2, 50, "unexpected token", "correct the syntax");
    expect("permit(principal, action, resource)", 1, 36, "unexpected end of input", "ends with `;`");
    expect(
        "permit(principal, action, resource);\nforbid(principal, action, resource)\n  when { context.device.compliant };",
        3,
        10,
        "compliant",
        "has",
    );
    expect("permit(principal, action, resource) when { principal.nme == \"x\" };", 1, 44, "nme", "name");
    expect("permit(principal in Sekisho::Grop::\"a\", action, resource);", 1, 21, "Grop", "Group");
    expect("@mod(\"report-only\")\npermit(principal, action, resource);", 1, 1, "@mod", "@mode");
    expect("@mode(\"report\")\npermit(principal, action, resource);", 1, 1, "report", "report-only");
    expect("@id(\"A B\")\npermit(principal, action, resource);", 1, 1, "@id", "rename");
    expect("@reason_ja(\"x\")\npermit(principal, action, resource);", 1, 1, "@reason", "English");
    expect("@obligation(\"A;\")\npermit(principal, action, resource);", 1, 1, "@obligation", "record");
    expect("permit(principal == ?principal, action, resource);", 1, 21, "template", "slot");
}

#[test]
fn whole_records_are_refused_with_the_field_to_name() {
    for text in [
        "permit(principal, action, resource) when { context.session == context.session };",
        "permit(principal, action, resource) when { context == context };",
        "permit(principal, action, resource) when { {a: 1} == {a: 2} };",
        "permit(principal, action, resource) when { [context.network].contains(context.network) };",
    ] {
        let problems = load(text).expect_err(text);
        assert!(problems[0].fix.contains("field"), "{problems:?}");
    }
}

#[test]
fn two_policies_cannot_share_a_name() {
    let one = "@id(\"x\")\npermit(principal, action, resource);";
    let texts = ["a.cedar", "b.cedar"].map(|name| PolicyText { name: name.to_owned(), text: one.to_owned() });
    let problems = Policies::load(&texts, &Interner::new()).expect_err("the same id twice");
    assert_eq!(problems[0].message, "the policy `x` is also in a.cedar, line 1");
}

#[test]
fn every_problem_is_told_at_once() {
    let problems = load("permit(principal, action);\npermit(principal, action, resource) when { 1 };\nforbid(;")
        .expect_err("three");
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [1, 2, 3], "{problems:?}");
}

#[test]
fn one_kind_of_problem_does_not_hide_another() {
    let text = "@mod(\"x\")\n@mode(\"perhaps\")\npermit(principal, action, resource) when { context.rsk < 5 };\npermit(principal";
    let problems = load(text).expect_err("four");
    for says in ["@mod", "perhaps", "rsk", "unexpected end"] {
        assert!(problems.iter().any(|problem| problem.message.contains(says)), "{says}: {problems:?}");
    }
}

#[test]
fn what_would_overflow_a_parser_is_refused_and_what_is_allowed_loads() {
    let of = |condition: String| load(&format!("permit(principal, action, resource) when {{ {condition} }};"));
    for deep in [
        format!("{}true{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}true", "!".repeat(5000)),
        format!("{}true", "!(".repeat(300)),
        "if true then true else ".repeat(400) + "true",
        "true".to_owned() + &" && true".repeat(5000),
        "1".to_owned() + &" + 1".repeat(5000) + " == 2",
        "context".to_owned() + &".a".repeat(5000),
    ] {
        let problems = of(deep).expect_err("too deep");
        assert!(
            problems[0].message.contains("nested")
                || problems[0].message.contains("more than")
                || problems[0].message.contains("longer"),
            "{problems:?}"
        );
    }
    of("true".to_owned() + &" && context.risk < 5".repeat(99)).expect("a long chain");
    of(format!("{}true{}", "(".repeat(22), ")".repeat(22))).expect("many brackets");
    of("1".to_owned() + &" + 1".repeat(390) + " == 2").expect("a long sum");
}

#[test]
fn metas_tell_where_a_policy_stands_and_what_it_says() {
    let text = "// first\n@id(\"x\")\n@reason(\"No.\")\n@reason_ja(\"不可\")\n@mode(\"report-only\")\n@obligation(\"record, session-max:1h\")\nforbid(principal, action, resource);\n\npermit(principal, action, resource);";
    let policies = load(text).unwrap();
    let [first, second] = policies.metas() else { panic!("two policies") };
    assert_eq!((first.id.as_str(), first.line, first.effect, first.report_only), ("x", 2, Effect::Forbid, true));
    assert_eq!(first.reason.as_ref().and_then(|reason| reason.ja.as_deref()), Some("不可"));
    assert_eq!(first.obligations, ["record", "session-max:1h"]);
    assert_eq!((second.id.as_str(), second.line, second.report_only), ("a.2", 9, false));
    assert_eq!(policies.meta(&second.id), Some(second));
}
