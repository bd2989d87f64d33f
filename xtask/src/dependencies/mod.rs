//! What is built in from others: under which licences, from where, in how many versions, and with which known vulnerabilities.
//!
//! `cargo deny` checks the same; building it takes longer than all other checks of a bare machine together, and what it reads is what
//! `cargo metadata` prints. Crates that never may be in the tree are refused with the layers.

mod advisories;
mod licence;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::exceptions::Exceptions;
use crate::problem::Problem;

pub(crate) use advisories::{Advisory, read as read_advisory};

/// The crates that are there in several versions, with how many. It only shrinks.
pub(crate) const DUPLICATES: &str = "xtask/src/dependencies/duplicates.txt";
/// Advisories that do not concern what is built, each with its reason.
pub(crate) const ACCEPTED: &str = "xtask/src/dependencies/accepted.txt";
const LOCK: &str = "Cargo.lock";

/// The only place that packages come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Licences under which code may be built in.
const LICENCES: [&str; 10] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];
/// Licences of single files: what is built in stays unchanged under them.
const LICENCES_OF_FILES: [&str; 1] = ["MPL-2.0"];

/// What is read.
pub(crate) struct Input<'a> {
    /// `cargo metadata` with all dependencies.
    pub(crate) metadata: &'a str,
    /// The text of [`DUPLICATES`].
    pub(crate) duplicates: &'a str,
    /// The text of [`ACCEPTED`].
    pub(crate) accepted: &'a str,
    /// The advisories of a local database, where one is named.
    pub(crate) advisories: &'a [Advisory],
}

/// Everything that is wrong with what is built in.
pub(crate) fn check(input: &Input<'_>) -> Result<Vec<Problem>, String> {
    let metadata: Value = serde_json::from_str(input.metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata: no `packages`")?;
    let foreign: Vec<Package<'_>> = packages.iter().filter_map(Package::of).collect();
    let mut problems: Vec<Problem> = foreign.iter().filter_map(source).collect();
    problems.extend(foreign.iter().filter_map(licences));
    problems.extend(duplicates_list(input.duplicates).judge(several(&foreign)));
    problems.extend(advisories::check(&foreign, input.advisories, input.accepted));
    Ok(problems)
}

/// The list of duplicates, shortened.
pub(crate) fn shortened(metadata: &str, duplicates: &str) -> Result<String, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata: no `packages`")?;
    let foreign: Vec<Package<'_>> = packages.iter().filter_map(Package::of).collect();
    Ok(duplicates_list(duplicates).shortened(&several(&foreign)))
}

/// A package of others.
#[derive(Debug, Clone, Copy)]
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    source: &'a str,
    licence: &'a str,
}

impl<'a> Package<'a> {
    /// Absent for a crate of this workspace. One that lies in a folder elsewhere is of others, and comes from nowhere.
    fn of(package: &'a Value) -> Option<Self> {
        let text = |field: &str| package.get(field).and_then(Value::as_str).unwrap_or_default();
        let is_ours = text("source").is_empty() && (text("name").starts_with("sekisho") || text("name") == "xtask");
        (!is_ours).then(|| Self {
            name: text("name"),
            version: text("version"),
            source: text("source"),
            licence: text("license"),
        })
    }
}

fn source(package: &Package<'_>) -> Option<Problem> {
    (package.source != REGISTRY).then(|| {
        let from = if package.source.is_empty() { "a folder" } else { package.source };
        let message = format!("`{}` {} comes from {from}", package.name, package.version);
        Problem::new(LOCK, message, "take it from the registry, where its bytes have a checksum")
    })
}

fn licences(package: &Package<'_>) -> Option<Problem> {
    let is_allowed = |licence: &str| LICENCES.contains(&licence) || LICENCES_OF_FILES.contains(&licence);
    if licence::allows(package.licence, &is_allowed) {
        return None;
    }
    let message = format!("`{}` {} is under `{}`", package.name, package.version, package.licence);
    Some(Problem::new(LOCK, message, "use another crate, or add the licence to xtask/src/dependencies/mod.rs"))
}

/// For each crate that is there in several versions, one problem for each version beyond the first.
fn several(packages: &[Package<'_>]) -> BTreeMap<String, Vec<Problem>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(package.name).or_default().insert(package.version);
    }
    let several = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    let told = several.map(|(name, versions)| {
        let all = versions.iter().copied().collect::<Vec<_>>().join(", ");
        let problem = Problem::new(LOCK, format!("`{name}` is there as {all}"), "let its users agree on one version");
        (name.to_owned(), vec![problem; versions.len() - 1])
    });
    told.collect()
}

const fn duplicates_list(text: &str) -> Exceptions<'_> {
    Exceptions { path: DUPLICATES, text, command: "cargo xtask dependencies --write" }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(packages: &[Value], duplicates: &str) -> Vec<String> {
        let metadata = json!({ "packages": packages }).to_string();
        let input = Input { metadata: &metadata, duplicates, accepted: "", advisories: &[] };
        check(&input).expect("a list").iter().map(|problem| problem.message.clone()).collect()
    }

    fn package(name: &str, version: &str, source: &str, licence: &str) -> Value {
        json!({ "name": name, "version": version, "source": source, "license": licence })
    }

    #[test]
    fn our_own_crates_and_good_ones_pass() {
        let own = json!({ "name": "sekisho-model", "version": "0.1.0", "source": null, "license": "Apache-2.0" });
        let good = [own, package("serde", "1.0.0", REGISTRY, "MIT OR Apache-2.0")];
        assert!(found(&good, "").is_empty());
    }

    #[test]
    fn a_licence_a_source_and_a_second_version_are_told() {
        let git = "git+https://example.org/x";
        for (package, says) in [
            (package("a", "1.0.0", REGISTRY, "GPL-3.0-only"), "`a` 1.0.0 is under `GPL-3.0-only`"),
            (package("a", "1.0.0", REGISTRY, ""), "`a` 1.0.0 is under ``"),
            (package("a", "1.0.0", git, "MIT"), "`a` 1.0.0 comes from git+https://example.org/x"),
            (
                json!({ "name": "vendored", "version": "1.0.0", "license": "MIT" }),
                "`vendored` 1.0.0 comes from a folder",
            ),
        ] {
            assert_eq!(found(&[package], ""), [says]);
        }
        let two = [package("b", "1.0.0", REGISTRY, "MIT"), package("b", "2.0.0", REGISTRY, "MIT")];
        assert_eq!(found(&two, ""), ["`b` is there as 1.0.0, 2.0.0"]);
        assert!(found(&two, "b 1\n").is_empty());
        assert_eq!(found(&[], "b 1\n"), ["the list allows `b` more than it holds"]);
    }
}
