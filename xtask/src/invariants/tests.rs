//! The check refuses what it should.

use super::{check, written};
use crate::problem::{Problem, Source};

const DOCUMENT: &str = "# Threats
<!-- invariants:begin -->
| number | invariant | enforced in | shown by |
|---|---|---|---|
| I-1 | nothing means deny | [a/lib.rs](../crates/x/a/src/lib.rs) | [a/tests.rs](../crates/x/a/src/tests.rs) |
| I-2 | forbid wins | [a/lib.rs](../crates/x/a/src/lib.rs) | [a/tests.rs](../crates/x/a/src/tests.rs) |
<!-- invariants:end -->
The end.
";
const CODE: &str = "fn decide() {\n    // INVARIANT I-1: nothing\n    deny()\n    // INVARIANT I-2: the forbid\n}\n";
const TESTS: &str =
    "#[test]\nfn i1_nothing() {}\n\n#[tokio::test(flavor = \"current_thread\")]\nasync fn i2_forbid() {}\n";

fn sources(code: &str, tests: &str) -> Vec<Source> {
    vec![
        Source { path: "crates/x/a/src/lib.rs".into(), text: code.into() },
        Source { path: "crates/x/a/src/tests.rs".into(), text: tests.into() },
    ]
}

#[track_caller]
fn finds(problems: &[Problem], words: &str) {
    assert!(problems.iter().any(|p| p.message.contains(words)), "{words} is not in {problems:?}");
}

#[test]
fn code_and_test_for_every_number_pass() {
    assert_eq!(check(DOCUMENT, &sources(CODE, TESTS)), Vec::new());
}

#[test]
fn a_number_without_code_fails() {
    let problems = check(DOCUMENT, &sources(&CODE.replace("// INVARIANT I-2: the forbid", ""), TESTS));
    finds(&problems, "nothing enforces I-2");
}

#[test]
fn a_number_without_test_fails() {
    finds(&check(DOCUMENT, &sources(CODE, &TESTS.replace("i2_forbid", "forbid"))), "no test shows I-2");
}

#[test]
fn a_function_that_is_no_test_does_not_count() {
    let problems = check(DOCUMENT, &sources(CODE, &TESTS.replace("#[test]\n", "")));
    finds(&problems, "no test shows I-1");
    finds(&problems, "this is no test");
}

#[test]
fn an_unknown_number_fails_in_code_and_in_tests() {
    let code = CODE.replace("I-2: the", "I-2, I-9: the");
    finds(&check(DOCUMENT, &sources(&code, TESTS)), "there is no invariant I-9");
    let tests = format!("{TESTS}#[test]\nfn i12_more() {{}}\n");
    finds(&check(DOCUMENT, &sources(CODE, &tests)), "there is no invariant I-12");
}

#[test]
fn a_mark_that_cannot_be_read_fails() {
    for mark in ["// INVARIANT I-1", "// INVARIANT 1: x", "// INVARIANT I-1:", "// INVARIANT: x"] {
        let problems = check(DOCUMENT, &sources(&format!("{CODE}{mark}\n"), TESTS));
        finds(&problems, "cannot be read");
    }
}

#[test]
fn a_mark_in_a_test_file_does_not_count() {
    let tests = format!("{TESTS}// INVARIANT I-1: no\n");
    finds(&check(DOCUMENT, &sources(CODE, &tests)), "in a test file");
}

#[test]
fn a_gap_in_the_numbers_fails() {
    finds(&check(&DOCUMENT.replace("| I-2 |", "| I-3 |"), &sources(CODE, TESTS)), "I-3 stands where I-2 belongs");
}

#[test]
fn a_document_without_table_fails() {
    finds(&check("# Threats\n", &sources(CODE, TESTS)), "missing");
}

#[test]
fn wrong_places_fail_and_are_written_right() {
    let wrong = DOCUMENT.replace("crates/x/a/src/lib.rs) | [a/tests.rs]", "crates/x/b/src/lib.rs) | [b/tests.rs]");
    finds(&check(&wrong, &sources(CODE, TESTS)), "the places told for I-1");
    assert_eq!(written(&wrong, &sources(CODE, TESTS)), DOCUMENT);
}
