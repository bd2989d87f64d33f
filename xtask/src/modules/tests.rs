//! The check refuses what it should.

use super::{Allowed, check};
use crate::problem::{Problem, Source};

const NOTHING: Allowed<'_> = Allowed { circles: &[], sizes: &[] };

fn of(files: &[(&str, &str)]) -> Vec<Source> {
    files
        .iter()
        .map(|(path, text)| Source { path: format!("crates/x/a/src/{path}"), text: (*text).to_owned() })
        .collect()
}

/// Five modules, each using the next, the last using the first by `last`.
fn ring(last: &str) -> Vec<Problem> {
    let files = [
        ("lib.rs", "mod one;\nmod two;\nmod three;\nmod four;\nmod five;\npub use one::One;\n"),
        ("one.rs", "use crate::two::Two;\n"),
        ("two.rs", "use super::three::{self, Three};\n"),
        ("three.rs", "fn f() { crate::four::f() }\n"),
        ("four/mod.rs", "use std::fmt;\nuse super::five::{sixth::{A, B}, *};\n"),
        ("five.rs", last),
    ];
    check(&of(&files), &NOTHING)
}

#[test]
fn five_modules_in_a_circle_fail_and_are_named() {
    for last in ["use super::one;", "use crate::{one::One as First};", "use crate::One;"] {
        let problems = ring(last);
        assert_eq!(problems.len(), 1, "{last}: {problems:?}");
        assert!(problems[0].message.contains("five, four, one, three, two"), "{problems:?}");
    }
}

#[test]
fn no_circle_and_circles_in_comments_strings_and_tests_pass() {
    for last in [
        "use other::one;",
        "// use super::one;",
        "const A: &str = \"use super::one;\";",
        "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::one;\n}\n",
        "pub(crate) use crate::one::One;",
    ] {
        assert_eq!(ring(last), Vec::new(), "{last}");
    }
}

#[test]
fn a_crate_with_too_many_lines_fails_and_its_tests_do_not_count() {
    let long = "fn f() {}\n".repeat(6_001);
    assert!(check(&of(&[("lib.rs", &long)]), &NOTHING)[0].message.contains("6001 lines"));
    assert_eq!(check(&of(&[("lib.rs", ""), ("b/tests.rs", &long)]), &NOTHING), Vec::new());
}

#[test]
fn an_exception_is_kept_and_only_shrinks() {
    let sources = |lines: usize| of(&[("lib.rs", &"fn f() {}\n".repeat(lines))]);
    let allowed = Allowed { circles: &[], sizes: &[("a", 7_000)] };
    assert_eq!(check(&sources(7_000), &allowed), Vec::new());
    assert!(check(&sources(7_001), &allowed)[0].message.contains("more than 7000"));
    assert!(check(&sources(6_000), &allowed)[0].message.contains("needs no exception"));
}
