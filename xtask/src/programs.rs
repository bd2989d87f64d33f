//! Builds the programs that `cargo demo` starts and that the tests of the whole platform run, in one profile for both.

use std::path::PathBuf;
use std::process::Command;

use crate::repository::{Repository, cargo};

/// The profile of `cargo verify` and `cargo demo`. What one compiles the other does not compile again.
pub(crate) const PROFILE: [&str; 2] = ["--profile", "verify"];

/// The folder that holds the programs of [`PROFILE`].
pub(crate) fn folder(repository: &Repository) -> Result<PathBuf, String> {
    Ok(PathBuf::from(repository.target_folder()?).join("verify"))
}

/// The command that builds `sekisho` and `sekisho-demo`. It selects the whole workspace, because cargo chooses the features of
/// dependencies by what is selected: with less, it would compile them again for the tests.
pub(crate) fn build(repository: &Repository) -> Command {
    let mut command = Command::new(cargo());
    command.args(["build", "--workspace", "--bin", "sekisho", "--bin", "sekisho-demo", "--locked"]).args(PROFILE);
    command.current_dir(repository.root());
    command
}

/// The name of the build that stands for a newer version in tests of two versions on one store.
const NEWER_VERSION: &str = "sekisho-newer-version";

/// Builds `sekisho` with two kinds of documents more and keeps it as [`NEWER_VERSION`]. [`build`] must follow: cargo writes both
/// to one path.
pub(crate) fn build_newer_version(repository: &Repository) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args([
        "build",
        "--workspace",
        "--bin",
        "sekisho",
        "--features",
        "sekisho-policy-information/newer-version",
        "--locked",
    ]);
    command.args(PROFILE).current_dir(repository.root());
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("cargo build: {status}"));
    }
    let folder = folder(repository)?;
    let copied = std::fs::copy(folder.join("sekisho"), folder.join(NEWER_VERSION));
    copied.map(drop).map_err(|error| format!("{NEWER_VERSION}: {error}"))
}
