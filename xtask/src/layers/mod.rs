//! The arrows between crates and between folders: those in ARCHITECTURE.md and no other, none from a pure crate to an impure one, and
//! no dependency without use.

mod folders;
mod manifest;
mod table;
#[cfg(test)]
mod tests;
mod unused;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use crate::problem::{Problem, Source};
use manifest::Crate;
use table::Row;

/// Packages that may be nowhere in the dependency tree, and why.
const FORBIDDEN: [(&str, &str); 4] = [
    ("ring", "one cryptography library: aws-lc-rs"),
    ("openssl-sys", "a bare machine has no OpenSSL"),
    ("native-tls", "TLS is rustls"),
    ("pingora-core", "it owns the process and needs cmake"),
];

/// Packages that our own crates may not name, and why. (Cedar brings its own chrono.)
const FORBIDDEN_DIRECTLY: [(&str, &str); 2] = [
    ("chrono", "time is `model::Timestamp`, and the `time` package in shells"),
    ("rand", "randomness is aws-lc-rs, in shells"),
];

/// Packages that reach clock, sockets, files or logs: not for pure crates. (aws-lc-rs hashes, which is pure; the lints of the
/// pure crates ban its randomness.)
const IMPURE: [&str; 11] = [
    "tokio",
    "hyper",
    "hyper-util",
    "rustls",
    "tokio-rustls",
    "sqlx",
    "axum",
    "tracing",
    "rustix",
    "socket2",
    "tempfile",
];

/// Everything below this folder is pure.
pub(super) const PURE_FOLDER: &str = "crates/decision/";

/// What the check reads.
pub(crate) struct Input<'a> {
    /// `cargo metadata --no-deps`.
    pub(crate) metadata: &'a str,
    /// `cargo tree`, one package a line.
    pub(crate) tree: &'a str,
    /// ARCHITECTURE.md.
    pub(crate) architecture: &'a str,
    /// The Cargo.toml of the workspace.
    pub(crate) workspace: &'a str,
    /// Every Cargo.toml of the workspace's members.
    pub(crate) manifests: &'a [Source],
    /// Every clippy.toml below `crates/`.
    pub(crate) clippy: &'a [Source],
    /// Every Rust source.
    pub(crate) sources: &'a [Source],
}

/// Everything in which the workspace differs from what ARCHITECTURE.md lists. An error is an input that cannot be read.
pub(crate) fn check(input: &Input<'_>) -> Result<Vec<Problem>, String> {
    let crates = manifest::crates(input.metadata)?;
    let rows = table::rows(input.architecture)?;
    let mut problems = Vec::new();
    problems.extend(arrows(&crates, &rows));
    problems.extend(folders::check(&crates, input.architecture)?);
    problems.extend(workspace::unused(input.workspace, input.manifests));
    problems.extend(crates.iter().flat_map(|c| purity(c, &crates)));
    problems.extend(pure_lints(input.clippy));
    problems.extend(input.manifests.iter().filter(|m| !manifest::has_workspace_lints(&m.text)).map(|m| {
        Problem::new(&m.path, "the crate does not take the workspace's lints", "add `[lints]` with `workspace = true`")
    }));
    problems.extend(forbidden(input.tree));
    problems.extend(crates.iter().flat_map(forbidden_directly));
    problems.extend(crates.iter().flat_map(|c| unused::unused(c, input.sources)));
    Ok(problems)
}

fn arrows(crates: &[Crate], rows: &BTreeMap<String, Row>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for found in crates {
        let Some(row) = rows.get(&found.folder) else {
            let fix = format!("add a row for `{}` to the table of layers", found.folder);
            problems.push(Problem::new("ARCHITECTURE.md", format!("the crate `{}` is not listed", found.folder), fix));
            continue;
        };
        for (kind, real, listed) in
            [("uses", &found.uses, &row.uses), ("uses in its tests", &found.tests_use, &row.tests_use)]
        {
            let place = format!("ARCHITECTURE.md:{}", row.line);
            for target in real.difference(listed) {
                let message = format!("`{}` {kind} `{target}`, which the table does not list", found.folder);
                let fix = format!("remove it from {}, or list the arrow and say why in the change", found.manifest);
                problems.push(Problem::new(&place, message, fix));
            }
            for target in listed.difference(real) {
                let message = format!("the table says that `{}` {kind} `{target}`, which it does not", found.folder);
                problems.push(Problem::new(&place, message, "remove the arrow from the table"));
            }
        }
    }
    let known: BTreeSet<&String> = crates.iter().map(|c| &c.folder).collect();
    for (folder, row) in rows.iter().filter(|(folder, _)| !known.contains(folder)) {
        let place = format!("ARCHITECTURE.md:{}", row.line);
        problems.push(Problem::new(place, format!("there is no crate `{folder}`"), "remove its row"));
    }
    problems
}

fn purity(found: &Crate, crates: &[Crate]) -> Vec<Problem> {
    if !found.is_pure() {
        return Vec::new();
    }
    let ours: BTreeSet<&str> = crates.iter().filter(|c| !c.is_pure()).map(|c| c.folder.as_str()).collect();
    let arrows = found.uses.union(&found.tests_use).map(String::as_str).filter(|target| ours.contains(target));
    let packages = found.packages.iter().map(String::as_str).filter(|package| IMPURE.contains(package));
    arrows
        .chain(packages)
        .map(|target| {
            let message = format!("the pure crate `{}` uses `{target}`, which touches the world", found.folder);
            Problem::new(&found.manifest, message, "take the time, the bytes or the value as an argument instead")
        })
        .collect()
}

/// Clippy takes the nearest clippy.toml: the one of the folder must be there, and none nearer may hide it.
fn pure_lints(clippy: &[Source]) -> Vec<Problem> {
    let path = format!("{PURE_FOLDER}clippy.toml");
    let bans = |text: &str| text.contains("std::time::SystemTime::now");
    let mut problems = Vec::new();
    if !clippy.iter().any(|c| c.path == path && bans(&c.text)) {
        let message = "the pure crates do not ban clock, randomness and environment";
        problems.push(Problem::new(&path, message, "list them under `disallowed-methods`"));
    }
    let nearer = clippy.iter().filter(|c| c.path.starts_with(PURE_FOLDER) && c.path != path);
    problems.extend(nearer.map(|c| {
        let message = format!("this file hides the bans of {path}");
        Problem::new(&c.path, message, "remove it")
    }));
    problems
}

fn forbidden(tree: &str) -> Vec<Problem> {
    let present: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    FORBIDDEN
        .iter()
        .filter(|(package, _)| present.contains(package))
        .map(|(package, why)| {
            let fix = format!("`cargo tree -i {package} --workspace` shows who brings it: switch that feature off");
            Problem::new("Cargo.lock", format!("`{package}` is in the dependency tree ({why})"), fix)
        })
        .collect()
}

fn forbidden_directly(found: &Crate) -> Vec<Problem> {
    FORBIDDEN_DIRECTLY
        .iter()
        .filter(|(package, _)| found.packages.contains(*package))
        .map(|(package, why)| {
            Problem::new(&found.manifest, format!("`{package}` is a direct dependency"), format!("remove it: {why}"))
        })
        .collect()
}
