//! `cargo demo`: builds the programs, then becomes the demonstration.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::repository::Repository;
use crate::{console, programs};

/// Builds and starts the demonstration with those arguments. Returns only when that fails.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    let error = Repository::find().and_then(|repository| start(&repository, arguments)).err().unwrap_or_default();
    console::error(&error);
    ExitCode::FAILURE
}

fn start(repository: &Repository, arguments: &[&str]) -> Result<(), String> {
    let program = programs::folder(repository)?.join("sekisho-demo");
    // Standard output belongs to the demonstration, whose `--json` a program reads.
    console::error(if program.is_file() {
        "Building what has changed …"
    } else {
        "Building Sekisho for the first time: about 6 minutes on two cores. Cargo shows how far it is …"
    });
    let began = Instant::now();
    let status = programs::build(repository).status().map_err(|error| format!("cargo build: {error}"))?;
    if !status.success() {
        return Err(format!("cargo build: {status}"));
    }
    console::error(&format!("Built in {:.0} s; starting the demonstration …", began.elapsed().as_secs_f64()));
    Err(format!("{}: {}", program.display(), Command::new(&program).args(arguments).exec()))
}
