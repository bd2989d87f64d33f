//! What is wrong with a policy set is told with its place and its fix, and refuses the set whole.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use sekisho_model::facts::Interner;
use sekisho_policy_language::{Effect, Obligation, Policies, PolicyProblem, PolicyText};

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
    expect("\u{feff}permit(principal, action, resource);", 1, 1, "byte order mark", "without one");
    expect("@obligation(\"A;\")\npermit(principal, action, resource);", 1, 1, "@obligation", "record");
    // A list that somebody carries out, and only on what permits.
    for unknown in ["session-max:1h", "dlp:hide", "", "record,", "Record"] {
        let text = format!("@obligation(\"{unknown}\")\npermit(principal, action, resource);");
        expect(&text, 1, 1, "nothing carries out", "record");
    }
    let forbid = "@obligation(\"record\")\nforbid(principal, action, resource == Sekisho::Resource::\"a\");";
    expect(forbid, 1, 1, "on a forbid", "remove");
    expect("permit(principal == ?principal, action, resource);", 1, 21, "template", "slot");
}

#[test]
fn a_name_that_no_document_can_have_is_refused() {
    for name in ["finance\\n", "r\\0", "st\\u{202e}aff", "a\\u{200b}"] {
        let text = format!("permit(principal in Sekisho::Group::\"{name}\", action, resource);");
        expect(&text, 1, 1, "no name does", "documents");
        let text = format!("permit(principal, action, resource) when {{ principal in Sekisho::Group::\"{name}\" }};");
        expect(&text, 1, 1, "no name does", "documents");
    }
    load("permit(principal in Sekisho::Group::\"経理\", action, resource);").expect("an ordinary name");
}

#[test]
fn a_list_in_a_scope_says_where_it_belongs() {
    for scope in [
        "principal in [Sekisho::Group::\"a\", Sekisho::Group::\"b\"], action, resource",
        "principal, action, resource in [Sekisho::Category::\"a\"]",
        "principal == [Sekisho::User::\"a\"], action, resource",
    ] {
        let column = scope.find('[').unwrap() + 8;
        expect(&format!("permit({scope});"), 1, column, "", "keep the other two parts as they are");
        expect(&format!("permit({scope});"), 1, column, "", "when { principal in [");
    }
    load("permit(principal, action in [Sekisho::Action::\"read\"], resource);").expect("actions may be a list");
}

/// Line, and parts of message and fix, of a warning, where every warning has that line.
fn warned(text: &str, line: usize, message: &str, fix: &str) {
    let policies = load(text).expect(text);
    let warnings = policies.warnings();
    assert!(warnings.iter().all(|one| (one.file.as_str(), one.line) == ("a.cedar", line)), "{warnings:?}");
    assert!(warnings.iter().any(|one| one.message.contains(message) && one.fix.contains(fix)), "{text}: {warnings:?}");
    assert!(warnings.iter().all(|one| one.to_string().chars().all(sekisho_model::is_shown)), "{warnings:?}");
}

#[test]
fn what_is_valid_and_probably_not_meant_is_warned_of_with_its_place() {
    let permit = "permit(principal, action, resource == Sekisho::Resource::\"wiki\")";
    warned(&format!("// first\n\n{permit} when {{ false }};"), 3, "impossible", "never takes effect");
    warned(&format!("{permit} when {{ principal is Sekisho::Group }};"), 1, "impossible", "never takes effect");
    warned("\npermit(principal is Sekisho::User in Sekisho::Category::\"x\", action, resource);", 2, "", "scope");
    warned(
        &format!("{permit}\nwhen {{ principal has department && principal.department == \"sa\u{202e}les\" }};"),
        2,
        "BIDI",
        "script",
    );
    warned(&format!("{permit} when {{ resource.hasTag(\"s\u{430}les\") }};"), 1, "mixed scripts", "one script");
    warned("\n@id(\"x\") forbid(principal, action, resource);", 2, "`x` forbids everything", "scope");
    warned("forbid(principal, action, resource) when { true };", 1, "forbids everything", "condition");
}

#[test]
fn what_is_meant_is_not_warned_of() {
    for text in [
        "permit(principal, action, resource);",
        "forbid(principal, action, resource) when { context.risk > 80 };",
        "@mode(\"report-only\") forbid(principal, action, resource);",
        "forbid(principal is Sekisho::Workload, action, resource);",
        "@reason(\"x\") @reason_ja(\"給与は経理部の方が API から利用できます。\") permit(principal, action, resource);",
        "permit(principal, action, resource) when { resource.hasTag(\"部署\") };",
    ] {
        assert_eq!(load(text).expect(text).warnings(), [], "{text}");
    }
}

#[test]
fn a_permit_that_names_no_resource_is_told_apart_from_one_that_does() {
    let opening = |text: &str| load(text).expect(text).opening().count();
    for text in [
        "permit(principal, action, resource);",
        "permit(principal in Sekisho::Group::\"a\", action, resource is Sekisho::Resource);",
        "permit(principal, action, resource) when { principal in [Sekisho::Group::\"a\", Sekisho::Group::\"b\"] };",
        "permit(principal, action, resource) unless { context.risk > 80 };",
    ] {
        assert_eq!(opening(text), 1, "{text}");
    }
    for text in [
        "permit(principal, action, resource == Sekisho::Resource::\"wiki\");",
        "permit(principal, action, resource in Sekisho::Category::\"public\");",
        "permit(principal, action, resource) when { resource in Sekisho::Category::\"public\" };",
        "permit(principal, action, resource) when { resource.sensitivity <= 1 };",
        "permit(principal is Sekisho::User, action, resource) when { principal.clearance >= resource.sensitivity };",
        "permit(principal, action, resource) when { context.risk < 9 && (context.risk < 5 || resource.hasTag(\"a\")) };",
        "forbid(principal, action, resource) when { context.risk > 80 };",
        "@mode(\"report-only\") permit(principal, action, resource);",
    ] {
        assert_eq!(opening(text), 0, "{text}");
    }
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
    let text = "// first\n@id(\"x\")\n@reason(\"No.\")\n@reason_ja(\"不可\")\n@mode(\"report-only\")\n\nforbid(principal, action, resource);\n\n@obligation(\"record, record\")\npermit(principal, action, resource);";
    let policies = load(text).unwrap();
    let [first, second] = policies.metas() else { panic!("two policies") };
    assert_eq!((first.id.as_str(), first.line, first.effect, first.report_only), ("x", 2, Effect::Forbid, true));
    assert_eq!(first.reason.as_ref().and_then(|reason| reason.ja.as_deref()), Some("不可"));
    assert_eq!((first.obligations.as_slice(), second.obligations.as_slice()), (&[][..], &[Obligation::Record][..]));
    assert_eq!((second.id.as_str(), second.line, second.report_only), ("a.2", 9, false));
    assert_eq!(policies.meta(&second.id), Some(second));
}
