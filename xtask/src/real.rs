//! The checks on this repository as it is.

use crate::problem::Problem;
use crate::repository::Repository;

#[track_caller]
fn none(problems: Result<Vec<Problem>, String>) {
    let problems = problems.expect("the check could not run");
    let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{}", list.join("\n"));
}

fn here() -> Repository {
    Repository::find().expect("the tests run inside the repository")
}

#[test]
fn layers_hold_here() {
    none(here().layers());
}

#[test]
fn invariants_hold_here() {
    none(here().invariants());
}

#[test]
fn tour_holds_here() {
    none(here().tour());
}

#[test]
fn prose_holds_here() {
    none(here().prose());
}

#[test]
fn functions_hold_here() {
    none(here().functions());
}

#[test]
fn links_hold_here() {
    none(here().links());
}
