//! The reference page of the settings: what the built program prints of them is what the guide holds.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::problem::Problem;
use crate::programs;
use crate::repository::Repository;

/// The page, from the repository's root.
const PAGE: &str = "docs/guide/settings.md";
/// The variable that names a built program; without it the program is built.
const BINARY: &str = "SEKISHO_BINARY";

/// Whether the page is what the program says of its settings.
pub(crate) fn check(repository: &Repository) -> Result<Vec<Problem>, String> {
    check_built(repository, &binary(repository)?)
}

/// The same with this program.
pub(crate) fn check_built(repository: &Repository, binary: &Path) -> Result<Vec<Problem>, String> {
    let printed = printed(binary)?;
    // A page that is not there differs as well.
    let is_current = repository.read(PAGE).is_ok_and(|page| page == printed);
    Ok(if is_current { Vec::new() } else { vec![drift()] })
}

/// Writes the page.
pub(crate) fn write(repository: &Repository) -> Result<Vec<Problem>, String> {
    let printed = printed(&binary(repository)?)?;
    std::fs::write(repository.root().join(PAGE), printed).map_err(|error| format!("{PAGE}: {error}"))?;
    Ok(Vec::new())
}

fn binary(repository: &Repository) -> Result<PathBuf, String> {
    if let Some(binary) = std::env::var_os(BINARY) {
        return Ok(binary.into());
    }
    let built = programs::build(repository).status().map_err(|error| format!("cargo build: {error}"))?;
    if built.success() {
        Ok(programs::folder(repository)?.join("sekisho"))
    } else {
        Err(format!("cargo build: {built}"))
    }
}

fn printed(binary: &Path) -> Result<String, String> {
    let wrong = |why: String| format!("{} settings --markdown: {why}", binary.display());
    let output = Command::new(binary).args(["settings", "--markdown"]).output().map_err(|e| wrong(e.to_string()))?;
    if !output.status.success() {
        return Err(wrong(output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|e| wrong(e.to_string()))
}

fn drift() -> Problem {
    Problem::new(PAGE, "is not what the program says of its settings", "run `cargo xtask settings --write`")
}
