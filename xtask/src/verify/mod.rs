//! `cargo verify`: installs what the tests need and runs every check, each with its time, then says which failed and what the
//! failed tests printed.
//!
//! One cargo command runs at a time, all with the whole workspace (the release binary apart), so that dependencies are
//! built once per profile.

mod output;
mod packages;
mod peers;
mod step;
mod tally;

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::console;
use crate::problem::Problem;
use crate::repository::{Repository, cargo};
use output::Output;
use step::Step;
use tally::Tally;

/// Runs every check.
pub(crate) fn run() -> ExitCode {
    match Repository::find().and_then(|repository| Ok((repository.target_folder()?, repository))) {
        Ok((target, repository)) => run_in(&repository, &format!("{target}/release/sekisho")),
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run_in(repository: &Repository, binary: &str) -> ExitCode {
    let began = Instant::now();
    let (mut tally, mut output) = (Tally::default(), Output::default());
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    let doc = ["doc", "--workspace", "--no-deps", "--locked"];
    let build = ["build", "--release", "--package", "sekisho", "--bin", "sekisho", "--locked"];
    let steps = vec![
        Step::run("packages", packages::install),
        Step::run("proxies", peers::install),
        Step::run("format", || command(repository, &["fmt", "--all", "--check"], &[])),
        Step::run("layers", || found(repository.layers())),
        Step::run("invariants", || found(repository.invariants())),
        Step::run("tour", || found(repository.tour())),
        Step::run("links", || found(repository.links())),
        Step::run("lints", || command(repository, &clippy, &[])),
        Step::run("documentation", || command(repository, &doc, &[("RUSTDOCFLAGS", "--deny warnings")])),
        Step::run("release binary", || command(repository, &build, &[])),
        Step::run("tests", || tests(repository, binary, &mut tally, &mut output)),
        Step::run("main job", || main_job(repository, binary)),
    ];
    let outcome = summary(&steps, &tally, began);
    output.failures().for_each(|failure| console::line(&failure));
    outcome
}

fn summary(steps: &[Step], tally: &Tally, began: Instant) -> ExitCode {
    console::line("");
    for step in steps {
        console::line(&step.to_string());
    }
    let failed: Vec<&str> = steps.iter().filter(|step| step.outcome.is_err()).map(|step| step.name).collect();
    if failed.is_empty() {
        console::line("verify: everything holds");
    } else {
        console::line(&format!("verify: FAILED: {}", failed.join(", ")));
    }
    console::line(&tally.line(failed.is_empty(), began.elapsed()));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The problems of a check of this program, printed.
fn found(problems: Result<Vec<Problem>, String>) -> Result<(), String> {
    let problems = problems?;
    for problem in &problems {
        console::line(&problem.to_string());
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("{} problem(s)", problems.len())) }
}

fn command(repository: &Repository, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args(arguments).envs(environment.iter().copied()).current_dir(repository.root());
    step::succeed(&mut command)
}

/// Unit, integration and browser tests. The tests of the whole platform use the release binary.
fn tests(repository: &Repository, binary: &str, tally: &mut Tally, output: &mut Output) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args(["test", "--workspace", "--no-fail-fast", "--locked", "--", "--show-output"]);
    // What went wrong, and where, is kept of a failed test; the way there would push it out.
    command.env("SEKISHO_BINARY", binary).env("RUST_BACKTRACE", "0").current_dir(repository.root());
    let outcome = step::succeed_reading(&mut command, |line| {
        tally.read(line);
        output.read(line)
    });
    if tally.passed == 0 { Err("no test ran".to_owned()) } else { outcome }
}

fn main_job(repository: &Repository, binary: &str) -> Result<(), String> {
    step::succeed(Command::new(binary).args(["demo", "--check"]).current_dir(repository.root()))
}
