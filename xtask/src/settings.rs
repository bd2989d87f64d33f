//! The reference pages of the settings: what the built program prints of them in each language is what the guide holds.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::problem::Problem;
use crate::programs;
use crate::repository::Repository;

/// The pages, from the repository's root, and the locale in which the program prints each.
const PAGES: [(&str, &str); 2] = [("docs/guide/settings.md", "C"), ("docs/guide/ja/settings.md", "ja_JP.UTF-8")];
/// The variable that names a built program; without it the program is built.
const BINARY: &str = "SEKISHO_BINARY";

/// Whether the pages are what the program says of its settings.
pub(crate) fn check(repository: &Repository) -> Result<Vec<Problem>, String> {
    check_built(repository, &binary(repository)?)
}

/// The same with this program.
pub(crate) fn check_built(repository: &Repository, binary: &Path) -> Result<Vec<Problem>, String> {
    let mut problems = Vec::new();
    for (page, locale) in PAGES {
        let printed = printed(binary, locale)?;
        // A page that is not there differs as well.
        if !repository.read(page).is_ok_and(|held| held == printed) {
            problems.push(drift(page));
        }
    }
    Ok(problems)
}

/// Writes the pages.
pub(crate) fn write(repository: &Repository) -> Result<Vec<Problem>, String> {
    let binary = binary(repository)?;
    for (page, locale) in PAGES {
        let printed = printed(&binary, locale)?;
        std::fs::write(repository.root().join(page), printed).map_err(|error| format!("{page}: {error}"))?;
    }
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

fn printed(binary: &Path, locale: &str) -> Result<String, String> {
    let wrong = |why: String| format!("{} settings --markdown: {why}", binary.display());
    let mut command = Command::new(binary);
    let output = command.args(["settings", "--markdown"]).env("LC_ALL", locale).output();
    let output = output.map_err(|e| wrong(e.to_string()))?;
    if !output.status.success() {
        return Err(wrong(output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|e| wrong(e.to_string()))
}

fn drift(page: &str) -> Problem {
    Problem::new(page, "is not what the program says of its settings", "run `cargo xtask settings --write`")
}
