//! The check refuses what it should.

use super::{Input, check};
use crate::problem::{Problem, Source};

const TABLE: &str = "
<!-- layers:begin -->
| crate | uses | its tests also use |
|---|---|---|
| `model` | | |
| `policy-engine` | `model` | |
| `store` | `model` | `policy-engine` |
<!-- layers:end -->
<!-- folders:begin -->
| `decision/` | all | `platform/` | |
| `platform/` | all | `decision/` | |
<!-- folders:end -->
";

/// Crates as (folder, [(dependency, is path, is dev)]).
type Crates<'a> = &'a [(&'a str, &'a [(&'a str, bool, bool)])];

/// The metadata of a workspace.
fn metadata(crates: Crates<'_>) -> String {
    let packages: Vec<serde_json::Value> = crates
        .iter()
        .map(|(folder, dependencies)| {
            let dependencies: Vec<serde_json::Value> = dependencies
                .iter()
                .map(|(name, path, dev)| {
                    let path = path.then(|| format!("/w/{}", home(name)));
                    serde_json::json!({ "name": name, "path": path, "kind": dev.then_some("dev") })
                })
                .collect();
            let manifest = format!("/w/{}/Cargo.toml", home(folder));
            serde_json::json!({ "name": folder, "manifest_path": manifest, "dependencies": dependencies })
        })
        .collect();
    serde_json::json!({ "workspace_root": "/w", "packages": packages }).to_string()
}

const GOOD: Crates<'_> = &[
    ("model", &[("serde", false, false)]),
    ("policy-engine", &[("model", true, false)]),
    ("store", &[("model", true, false), ("tokio", false, false), ("policy-engine", true, true)]),
];

/// Sources that name every dependency that a test may add.
fn sources() -> Vec<Source> {
    let text = "use serde; use tokio; use model; use policy_engine; use store; use chrono;";
    let file = |folder: &str| Source { path: format!("{}/src/lib.rs", home(folder)), text: text.to_owned() };
    ["model", "policy-engine", "store"].map(file).into()
}

fn clippy() -> Vec<Source> {
    let text = "disallowed-methods = [{ path = \"std::time::SystemTime::now\" }]";
    vec![Source { path: "crates/decision/clippy.toml".to_owned(), text: text.to_owned() }]
}

/// The folder of a crate.
fn home(name: &str) -> String {
    let folder = if name == "store" { "platform" } else { "decision" };
    format!("crates/{folder}/{name}")
}

fn run(crates: Crates<'_>, table: &str) -> Vec<Problem> {
    let input = Input {
        metadata: &metadata(crates),
        tree: "serde v1.0.0\ntokio v1.0.0\n",
        architecture: table,
        workspace: "",
        manifests: &[],
        clippy: &clippy(),
        sources: &sources(),
    };
    check(&input).unwrap()
}

#[track_caller]
fn only(problems: &[Problem], words: &str) {
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains(words), "{problems:?}");
}

#[test]
fn what_is_listed_passes() {
    assert_eq!(run(GOOD, TABLE), Vec::new());
}

#[test]
fn an_unlisted_arrow_fails() {
    let table = TABLE.replace("| `store` | `model` |", "| `store` | |");
    only(&run(GOOD, &table), "`store` uses `model`, which the table does not list");
}

#[test]
fn an_unlisted_arrow_of_tests_fails() {
    let table = TABLE.replace("| `policy-engine` |\n", "| |\n");
    only(&run(GOOD, &table), "`store` uses in its tests `policy-engine`");
}

#[test]
fn a_listed_arrow_that_is_gone_fails() {
    let table = TABLE.replace("| `model` | | |", "| `model` | `store` | |");
    only(&run(GOOD, &table), "the table says that `model` uses `store`");
}

#[test]
fn an_unlisted_crate_fails() {
    let table = TABLE.replace("| `model` | | |\n", "");
    only(&run(GOOD, &table), "the crate `model` is not listed");
}

#[test]
fn a_row_without_crate_fails() {
    only(&run(&GOOD[..2], TABLE), "there is no crate `store`");
}

#[test]
fn a_pure_crate_on_an_impure_one_fails_even_when_listed() {
    let crates: Crates<'_> = &[GOOD[0], ("policy-engine", &[("model", true, false), ("store", true, false)]), GOOD[2]];
    let table = TABLE.replace("| `policy-engine` | `model` |", "| `policy-engine` | `model`, `store` |");
    only(&run(crates, &table), "the pure crate `policy-engine` uses `store`");
}

#[test]
fn a_pure_crate_on_a_package_with_sockets_fails() {
    let crates: Crates<'_> = &[("model", &[("tokio", false, false)]), GOOD[1], GOOD[2]];
    only(&run(crates, TABLE), "the pure crate `model` uses `tokio`");
}

#[test]
fn chrono_as_a_direct_dependency_fails() {
    let crates: Crates<'_> = &[("model", &[("chrono", false, false)]), GOOD[1], GOOD[2]];
    only(&run(crates, TABLE), "`chrono` is a direct dependency");
}

/// A good workspace with one input changed.
fn with(tree: &str, manifests: &[Source], clippy: &[Source]) -> Vec<Problem> {
    let metadata = metadata(GOOD);
    let input =
        Input { metadata: &metadata, tree, architecture: TABLE, workspace: "", manifests, clippy, sources: &sources() };
    check(&input).unwrap()
}

#[test]
fn a_forbidden_package_anywhere_fails() {
    only(&with("serde v1.0.0\nring v0.17.0\n", &[], &clippy()), "`ring` is in the dependency tree");
    only(&with("openssl-sys v0.9.0\n", &[], &clippy()), "`openssl-sys` is in the dependency tree");
    assert_eq!(with("string v0.17.0\n", &[], &clippy()), Vec::new());
}

#[test]
fn a_crate_without_the_lints_fails() {
    let manifest = |text: &str| [Source { path: "crates/platform/store/Cargo.toml".into(), text: text.into() }];
    let message = "does not take the workspace's lints";
    only(&with("", &manifest("[package]\nname = \"x\"\n"), &clippy()), message);
    only(&with("", &manifest("[lints]\nworkspace = false\n"), &clippy()), message);
    only(&with("", &manifest("[lints]\n\n[dependencies]\nworkspace = true\n"), &clippy()), message);
    assert_eq!(with("", &manifest("[lints]\nworkspace = true\n"), &clippy()), Vec::new());
}

#[test]
fn a_pure_crate_without_the_bans_fails() {
    only(&with("", &[], &[]), "do not ban clock");
    let mut hidden = clippy();
    hidden.push(Source { path: "crates/decision/model/clippy.toml".to_owned(), text: hidden[0].text.clone() });
    only(&with("", &[], &hidden), "hides the bans");
}

#[test]
fn a_table_that_cannot_be_read_is_an_error() {
    for table in ["", "<!-- layers:begin -->\n| `model` | |\n<!-- layers:end -->", "<!-- layers:begin -->\n"] {
        let metadata = metadata(GOOD);
        let input = Input {
            metadata: &metadata,
            tree: "",
            architecture: table,
            workspace: "",
            manifests: &[],
            clippy: &[],
            sources: &[],
        };
        assert!(check(&input).is_err(), "{table}");
    }
}

#[test]
fn a_dependency_that_no_source_names_fails() {
    let metadata = metadata(GOOD);
    let mut sources = sources();
    for near in ["use model; use policy_engine; use tokio_util;", "use model; use policy_engine; use my_tokio;"] {
        sources[2].text = near.to_owned();
        let input = Input {
            metadata: &metadata,
            tree: "",
            architecture: TABLE,
            workspace: "",
            manifests: &[],
            clippy: &clippy(),
            sources: &sources,
        };
        only(&check(&input).unwrap(), "no source of `store` names its dependency `tokio`");
    }
}
