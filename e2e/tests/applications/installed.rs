//! What `cargo verify` installs for these tests: packages of PyPI and npm in folders of their own, and Debian's programs.

use std::path::{Path, PathBuf};

use sekisho_e2e::Trouble;
use tokio::process::Command;

/// A program of a Python package that every run of the tests needs.
pub(crate) fn python(program: &str) -> Result<Command, Trouble> {
    at(&folder().join("python-usual/bin").join(program))
}

/// A program of a Python package that only the full tests need.
pub(crate) fn full_python(program: &str) -> Result<Command, Trouble> {
    at(&folder().join("python-full/bin").join(program))
}

/// A program of an npm package, by its file below `node_modules`.
pub(crate) fn node(scope: &str, file: &str) -> Result<Command, Trouble> {
    let script = folder().join(format!("node-{scope}/node_modules")).join(file);
    if !script.is_file() {
        return Err(missing(&script));
    }
    let mut command = Command::new("node");
    command.arg(script);
    Ok(command)
}

/// A program of Debian, by its whole path.
pub(crate) fn debian(path: &str) -> Result<Command, Trouble> {
    at(Path::new(path))
}

fn at(path: &Path) -> Result<Command, Trouble> {
    if path.is_file() { Ok(Command::new(path)) } else { Err(missing(path)) }
}

fn missing(path: &Path) -> Trouble {
    Trouble::new(format!("{} is missing: run `cargo verify`, or `cargo verify --full`", path.display()))
}

/// The folder that `cargo verify` installs into.
fn folder() -> PathBuf {
    sekisho_e2e::installed().join("applications")
}
