//! The check counts what it should, and nothing else.

use super::{check, touched};
use crate::problem::Source;

fn file(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn example() -> Vec<Source> {
    vec![
        file("crates/platform/acme/Cargo.toml", "[package]\nname = \"sekisho-acme\"\n"),
        file("crates/platform/acme/src/capability.rs", "sekisho_acme"),
        file("crates/programs/sekisho/Cargo.toml", "sekisho-acme.workspace = true"),
        file("crates/programs/sekisho/src/capabilities.rs", "sekisho_acme::capability()"),
        file("crates/programs/sekisho/src/other.rs", "sekisho_devices"),
        file("e2e/tests/acme.rs", "sekisho_acme"),
    ]
}

#[test]
fn files_outside_the_crate_count_and_tests_do_not() {
    let sources = example();
    let expected = ["crates/programs/sekisho/Cargo.toml", "crates/programs/sekisho/src/capabilities.rs"];
    assert_eq!(touched("crates/platform/acme", &sources), expected);
    assert_eq!(check(&sources), Vec::new());
}

#[test]
fn a_capability_that_stands_on_another_is_no_file_that_the_other_changed() {
    let mut sources = example();
    let before = touched("crates/platform/acme", &sources).len();
    sources.extend([
        file("crates/platform/certificates/src/capability.rs", ""),
        file(
            "crates/platform/certificates/Cargo.toml",
            "[package]\nname = \"sekisho-certificates\"\nsekisho-acme.workspace = true",
        ),
        file("crates/platform/certificates/src/keeper.rs", "use sekisho_acme::Acme;"),
    ]);
    assert_eq!(touched("crates/platform/acme", &sources).len(), before);
    sources.push(file("crates/platform/web/src/keeper.rs", "use sekisho_acme::Acme;"));
    assert_eq!(touched("crates/platform/acme", &sources).len(), before + 1, "what is no capability counts");
}

#[test]
fn more_than_ten_files_fail() {
    let mut sources = example();
    sources.extend((0..8).map(|number| file(&format!("crates/x/y/src/f{number}.rs"), "use sekisho_acme::Acme;")));
    assert_eq!(check(&sources), Vec::new(), "ten are allowed");
    sources.push(file("crates/x/y/src/last.rs", "use sekisho_acme::Acme;"));
    let problems = check(&sources);
    assert!(problems.len() == 1 && problems[0].message.contains("11 existing files"), "{problems:?}");
}

#[test]
fn an_earlier_capability_may_be_named_as_often_as_it_is_and_no_more() {
    let folder = "crates/information/devices";
    let mut sources = vec![
        file(&format!("{folder}/Cargo.toml"), "[package]\nname = \"sekisho-devices\"\n"),
        file(&format!("{folder}/src/capability.rs"), ""),
    ];
    let (_, most) = super::EARLIER.into_iter().find(|(earlier, _)| *earlier == folder).expect("its number");
    sources
        .extend((0..most).map(|number| file(&format!("crates/x/y/src/f{number}.rs"), "use sekisho_devices::Devices;")));
    assert_eq!(check(&sources), Vec::new());
    sources.push(file("crates/x/y/src/last.rs", "use sekisho_devices::Devices;"));
    assert_eq!(check(&sources).len(), 1, "one more is too many");
    sources.truncate(most);
    assert!(check(&sources)[0].fix.contains("smaller number"), "the number only shrinks");
}
