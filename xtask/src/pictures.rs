//! `cargo xtask pictures`: takes a picture of every page in both languages, on both screens and in both themes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::console;
use crate::problem::Problem;
use crate::programs::{self, PROFILE};
use crate::repository::{Repository, cargo};

/// Takes the pictures into a folder outside the repository.
///
/// # Errors
/// When the folder lies inside the repository, or a page does not fit its screen.
pub(crate) fn take(repository: &Repository, folder: &str) -> Result<Vec<Problem>, String> {
    let folder = outside(repository.root(), Path::new(folder))?;
    let programs = programs::folder(repository)?;
    let status = programs::build(repository).status().map_err(|error| format!("cargo build: {error}"))?;
    if !status.success() {
        return Err(format!("cargo build: {status}"));
    }
    let mut tests = Command::new(cargo());
    tests.args(["test", "--workspace", "--locked", "--test", "pages"]).args(PROFILE).current_dir(repository.root());
    tests.env("SEKISHO_BINARY", programs.join("sekisho")).env("SEKISHO_SCREENSHOTS", &folder);
    let status = tests.status().map_err(|error| format!("cargo test: {error}"))?;
    if !status.success() {
        return Err(format!("cargo test: {status}; the pictures up to there are in {}", folder.display()));
    }
    let count = std::fs::read_dir(&folder).map_or(0, Iterator::count);
    console::line(&format!("{count} pictures in {}", folder.display()));
    Ok(Vec::new())
}

/// The folder, made if it is missing. Pictures are no part of the repository.
fn outside(root: &Path, folder: &Path) -> Result<PathBuf, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let whole = |path: &Path| path.canonicalize().map_err(|error| format!("{}: {error}", path.display()));
    let (root, folder) = (whole(root)?, whole(folder)?);
    match folder.starts_with(&root) {
        true => Err(format!("{} lies inside the repository: name a folder outside of it", folder.display())),
        false => Ok(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_kept_outside_of_the_repository() {
        let root = std::env::temp_dir().join(format!("pictures-{}", std::process::id()));
        std::fs::create_dir_all(&root).expect("a folder");
        assert!(outside(&root, &root.join("inside")).is_err());
        let beside = root.with_extension("beside");
        assert!(outside(&root, &beside).is_ok_and(|folder| folder.is_absolute()));
        let _ = (std::fs::remove_dir_all(&root), std::fs::remove_dir_all(&beside));
    }
}
