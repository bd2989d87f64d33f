//! The check refuses what it should.

use super::check;
use crate::problem::{Problem, Source};

const DOCUMENT: &str = "# Life
1. [gateway/accept.rs](../crates/gateway/src/accept.rs) accepts.
2. [gateway/forward.rs](../crates/gateway/src/forward.rs) forwards.
";
const FIRST: &str = "//! Accepts.\n//!\n//! Step 1 of the life of\n//! a request; next: `crates/gateway/src/forward.rs`.\n\nfn accept() {}\n";
const SECOND: &str = "//! Forwards. Step 2 of the life of a request.\n";

fn sources(first: &str, second: &str) -> Vec<Source> {
    vec![
        Source { path: "crates/gateway/src/accept.rs".into(), text: first.into() },
        Source { path: "crates/gateway/src/forward.rs".into(), text: second.into() },
        Source { path: "crates/gateway/src/lib.rs".into(), text: "//! The gateway.\n".into() },
    ]
}

#[track_caller]
fn only(problems: &[Problem], words: &str) {
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains(words), "{problems:?}");
}

#[test]
fn a_chain_that_agrees_passes() {
    assert_eq!(check(DOCUMENT, &sources(FIRST, SECOND)), Vec::new());
}

#[test]
fn a_header_with_another_number_fails() {
    only(&check(DOCUMENT, &sources(FIRST, &SECOND.replace('2', "3"))), "that it is step 2");
}

#[test]
fn a_header_without_step_fails() {
    only(&check(DOCUMENT, &sources(FIRST, "//! Forwards.\n")), "that it is step 2");
}

#[test]
fn a_header_that_names_another_next_file_fails() {
    only(&check(DOCUMENT, &sources(&FIRST.replace("forward.rs", "dial.rs"), SECOND)), "that it is step 1");
}

#[test]
fn a_step_in_a_comment_below_the_header_does_not_count() {
    let second = "//! Forwards.\n\n//! Step 2 of the life of a request.\n";
    only(&check(DOCUMENT, &sources(FIRST, second)), "that it is step 2");
}

#[test]
fn a_listed_file_that_is_gone_fails() {
    let sources = &sources(FIRST, SECOND)[..1];
    only(&check(DOCUMENT, sources), "there is no `crates/gateway/src/forward.rs`");
}

#[test]
fn a_header_that_the_tour_does_not_list_fails() {
    let mut sources = sources(FIRST, SECOND);
    sources[2].text = "//! Step 3 of the life of a request.\n".into();
    only(&check(DOCUMENT, &sources), "the tour does not list it");
}

#[test]
fn a_gap_in_the_steps_fails() {
    let document = DOCUMENT.replace("2. [", "3. [");
    let second = SECOND.replace('2', "3");
    only(&check(&document, &sources(FIRST, &second)), "step 3 stands where step 2 belongs");
}

#[test]
fn an_empty_tour_fails() {
    only(&check("# Life\n", &[]), "the tour has no step");
}
