//! `cargo verify`: installs what the tests need and runs every check, each with its time, then says which failed and what the
//! failed tests printed.
//!
//! One cargo command runs at a time, all with the whole workspace and in the profile `verify`, so that dependencies are built
//! once. `--full` includes the tests that are marked `#[ignore]`: volumes, the web servers of others, and a second build of the platform
//! that stands for a newer version.

mod applications;
mod output;
mod packages;
mod peers;
mod step;
mod tally;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::console;
use crate::problem::Problem;
use crate::programs::{self, PROFILE};
use crate::repository::{Repository, cargo};
use crate::settings;
use output::Output;
use step::Step;
use tally::Tally;

/// How much is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What every change must pass.
    Usual,
    /// Volumes and the web servers of others as well.
    Full,
}

/// Runs every check.
pub(crate) fn run(scope: Scope) -> ExitCode {
    match Repository::find().and_then(|repository| Ok((programs::folder(&repository)?, repository))) {
        Ok((folder, repository)) => run_in(&repository, &folder, scope),
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run_in(repository: &Repository, folder: &Path, scope: Scope) -> ExitCode {
    let began = Instant::now();
    let (mut tally, mut output) = (Tally::default(), Output::default());
    let [profile, name] = PROFILE;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", profile, name, "--", "--deny", "warnings"];
    let doc = ["doc", "--workspace", "--no-deps", "--locked", profile, name];
    let steps = vec![
        Step::run("packages", || packages::install(scope)),
        Step::run("proxies", peers::install),
        Step::run("applications", || applications::install(scope)),
        Step::run("format", || command(repository, &["fmt", "--all", "--check"], &[])),
        Step::run("layers", || found(repository.layers())),
        Step::run("capabilities", || found(repository.capabilities())),
        Step::run("invariants", || found(repository.invariants())),
        Step::run("tour", || found(repository.tour())),
        Step::run("links", || found(repository.links())),
        Step::run("translations", || found(repository.translations())),
        Step::run("prose", || found(repository.prose())),
        Step::run("texts", || found(repository.people_read())),
        Step::run("functions", || found(repository.functions())),
        Step::run("dependencies", || found(repository.dependencies())),
        Step::run("lints", || command(repository, &clippy, &[])),
        Step::run("documentation", || command(repository, &doc, &[("RUSTDOCFLAGS", "--deny warnings")])),
        Step::run("programs", || build(repository, scope)),
        Step::run("settings", || found(settings::check_built(repository, &folder.join("sekisho")))),
        Step::run("main job", || main_job(repository, folder)),
        Step::run("tests", || tests(repository, folder, scope, &mut tally, &mut output)),
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

/// The programs that the tests run.
fn build(repository: &Repository, scope: Scope) -> Result<(), String> {
    if scope == Scope::Full {
        programs::build_newer_version(repository)?;
    }
    step::succeed(&mut programs::build(repository))
}

/// Unit, integration and browser tests. The tests of the whole platform run the programs in `folder`.
fn tests(
    repository: &Repository,
    folder: &Path,
    scope: Scope,
    tally: &mut Tally,
    output: &mut Output,
) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args(["test", "--workspace", "--no-fail-fast", "--locked"]).args(PROFILE).args(["--", "--show-output"]);
    if scope == Scope::Full {
        command.arg("--include-ignored");
    }
    // A backtrace would push the message out of the lines that are kept of a failed test.
    command.env("SEKISHO_BINARY", folder.join("sekisho")).env("RUST_BACKTRACE", "0").current_dir(repository.root());
    let outcome = step::succeed_reading(&mut command, |line| {
        tally.read(line);
        output.read(line)
    });
    if tally.passed == 0 { Err("no test ran".to_owned()) } else { outcome }
}

fn main_job(repository: &Repository, folder: &Path) -> Result<(), String> {
    step::succeed(Command::new(folder.join("sekisho-demo")).arg("--check").current_dir(repository.root()))
}
