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
fn texts_hold_here() {
    none(here().people_read());
}

#[test]
fn translations_hold_here() {
    none(here().translations());
}

#[test]
fn functions_hold_here() {
    none(here().functions());
}

#[test]
fn the_bill_of_materials_names_every_package_with_its_licence() {
    let bill = crate::package::bill_of(&here()).expect("a bill");
    let bill: serde_json::Value = serde_json::from_str(&bill).expect("JSON");
    let components = bill["components"].as_array().expect("components");
    assert!(components.len() > 100, "{}", components.len());
    for component in components {
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
        let is_ours = component["name"].as_str().is_some_and(|name| name.starts_with("sekisho-"));
        assert!(is_ours || component["hashes"][0]["content"].is_string(), "{component}");
    }
    // What the demonstration and the tests need is not shipped.
    assert!(components.iter().all(|component| component["name"] != "sekisho-software-passkey"));
}

#[test]
fn links_hold_here() {
    none(here().links());
}
