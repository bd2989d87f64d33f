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
