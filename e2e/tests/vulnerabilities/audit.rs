//! The crates of this repository's own Cargo.lock against generated advisories, as cargo-audit finds them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use sekisho_e2e::peer::packages;
use sekisho_vulnerability_matching::{Catalogue, Content, lockfile, rustsec};
use serde_json::Value;

use crate::numbers::Numbers;

const ADVISORIES: usize = 2000;

type Found = BTreeSet<(String, String, String)>;

#[test]
fn a_lock_file_is_matched_as_cargo_audit_matches_it() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("Cargo.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    let inventory = lockfile::read(&text).unwrap();
    let database = tempfile::tempdir().unwrap();
    let (mut numbers, mut advisories) = (Numbers::new(71), Vec::new());
    for number in 0..ADVISORIES {
        let component = &inventory.components[numbers.below(inventory.components.len())];
        let (patched, unaffected) = requirements(&mut numbers, &component.version);
        let id = format!("RUSTSEC-2026-{number:04}");
        let text = advisory(&id, &component.name, &patched, &unaffected, &format!("CVE-2026-{number:04}"));
        let folder = database.path().join("crates").join(&component.name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{id}.md")), &text).unwrap();
        advisories.extend(rustsec::read(&text).unwrap_or_else(|error| panic!("{error}: {text}")));
    }
    let catalogue = Catalogue::new(vec![("rustsec".to_owned(), Arc::new(Content::Advisories(advisories)))]);
    let found =
        catalogue.findings(&inventory).into_iter().map(|finding| (finding.advisory, finding.package, finding.version));
    let (ours, theirs) = (found.collect::<Found>(), audited(database.path(), &lock));
    let only = |a: &Found, b: &Found| a.difference(b).take(5).cloned().collect::<Vec<_>>();
    assert_eq!((only(&ours, &theirs), only(&theirs, &ours)), (Vec::new(), Vec::new()), "only ours, only theirs");
    println!("{ADVISORIES} advisories, {} crates: {} findings, the same", inventory.components.len(), ours.len());
    assert!(ours.len() > ADVISORIES / 10 && ours.len() < ADVISORIES * 9 / 10, "{}", ours.len());
}

/// What cargo-audit finds.
fn audited(database: &Path, lock: &Path) -> Found {
    let mut audit = Command::new(packages().join("cargo-audit"));
    audit.args(["audit", "--no-fetch", "--stale", "--json", "--db"]).arg(database).arg("--file").arg(lock);
    let said = audit.output().unwrap();
    let why = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.stdout.is_empty(), "cargo-audit: {why}");
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = said["vulnerabilities"]["list"].as_array().unwrap().iter();
    found
        .map(|one| (text(&one["advisory"]["id"]), text(&one["package"]["name"]), text(&one["package"]["version"])))
        .collect()
}

/// What is repaired and what was never affected, near a version. cargo-audit takes no database in which the two overlap.
fn requirements(numbers: &mut Numbers, version: &str) -> (Vec<String>, Vec<String>) {
    let core = version.split(['-', '+']).next().unwrap();
    let parts: Vec<usize> = core.split('.').map(|part| part.parse().unwrap()).collect();
    let (major, minor, patch) = (parts[0], parts[1], parts[2]);
    let first = [(major, minor, patch), (major, minor, patch.saturating_sub(1)), (major, 0, 0)][numbers.below(3)];
    let repaired = [(major, minor, patch), (major, minor, patch + 1), (major, minor + 1, 0)][numbers.below(3)];
    let text = |(major, minor, patch): (usize, usize, usize)| format!("{major}.{minor}.{patch}");
    let (first_text, is_apart) = (text(first), first < repaired);
    let pre = if is_apart { numbers.pick(&["", "", "-alpha", "-rc.1", "-0"]) } else { "" };
    let unaffected = match numbers.below(3) {
        0 => vec![format!("< {first_text}")],
        1 if is_apart && pre.is_empty() => vec![format!("<= {first_text}")],
        _ => Vec::new(),
    };
    let (repaired, later) = (text(repaired), format!(">= {}.0.0", major + 2));
    let patched = match numbers.below(7) {
        0 => Vec::new(),
        1 => vec![format!("> {repaired}")],
        2 => vec![format!("^{repaired}{pre}")],
        3 => vec![format!("~{repaired}"), later],
        4 => vec![later, format!("={repaired}")],
        5 => vec![format!(">= {repaired}{pre}, < {}.0.0-0", major + 1), later],
        _ => vec![format!(">= {repaired}{pre}")],
    };
    (patched, unaffected)
}

/// An advisory as RustSec writes it.
pub(crate) fn advisory(id: &str, package: &str, patched: &[String], unaffected: &[String], cve: &str) -> String {
    format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"2026-01-01\"\naliases = [\"{cve}\"]\n\
         cvss = \"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N\"\n\n[versions]\npatched = {patched:?}\nunaffected = {unaffected:?}\n```\n\n# A bug\n\nA bug.\n"
    )
}
