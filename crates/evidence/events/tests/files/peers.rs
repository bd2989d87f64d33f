//! The peers: the schema of OCSF from the package `ocsf-json-schema`, and DuckDB. `cargo verify` installs both.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use sekisho_events::{Class, Cursor, write};

use crate::made::{day, of_every_class};

/// The Python of the environment with the peers.
fn python() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or(home).unwrap_or_else(|| PathBuf::from("/var/cache")).join("sekisho/peers/bin/python")
}

fn run(script: &str, argument: &std::path::Path) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(script);
    let ran = Command::new(python()).arg(script).arg(argument).output();
    let ran = ran.map_err(|error| format!("{}: {error}; `cargo verify` installs it", python().display())).unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    said
}

#[test]
fn every_class_validates_and_a_document_without_its_time_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let events = of_every_class();
    let classes: BTreeSet<Class> = events.iter().map(|event| event.class).collect();
    assert_eq!(classes, BTreeSet::from(Class::ALL), "a class has no example");
    let documents: Vec<&str> = events.iter().map(|event| event.ocsf.as_str()).collect();
    let file = folder.path().join("documents");
    std::fs::write(&file, documents.join("\n")).unwrap();
    assert_eq!(run("validate.py", &file).trim(), format!("{} valid, 1 invalid as expected", documents.len()));
}

#[test]
fn duckdb_reads_the_files() {
    let folder = tempfile::tempdir().unwrap();
    for (number, events) in [(0, day(0, 300)), (1, day(1, 300))] {
        let first = events[0].position.entry;
        let cursor = Cursor { next: first + 300, segment: number, sealed: 0 };
        write(folder.path(), first, &events, cursor).unwrap();
    }
    assert_eq!(run("duck.py", folder.path()).trim(), "600 events, 6 of alice, 3 of alice on the second day, 4002");
}
