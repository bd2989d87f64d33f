//! Repository checks, run as `cargo xtask NAME` or all together as `cargo verify`.
//!
//! Each check is a pure function from texts to [`problem::Problem`]s; only `repository` and `verify` touch the machine.

mod console;
mod invariants;
mod layers;
mod links;
mod problem;
mod repository;
mod tour;
mod verify;

#[cfg(test)]
mod real;

use std::process::ExitCode;

use problem::Problem;
use repository::Repository;

const USAGE: &str = "\
Checks of this repository.

    cargo xtask layers              the arrows between crates are those that ARCHITECTURE.md lists
    cargo xtask invariants          every security invariant has its code and its tests
    cargo xtask invariants --write  the same, and write into docs/threat-model.md where they are
    cargo xtask tour                docs/life-of-a-request.md and the headers of its files agree
    cargo xtask links               every link between Markdown files leads somewhere
    cargo verify                    all of these, and formatting, lints, documentation, tests and the main job
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["verify"] => return verify::run(),
        ["layers"] => Repository::find().and_then(|r| r.layers()),
        ["invariants"] => Repository::find().and_then(|r| r.invariants()),
        ["invariants", "--write"] => Repository::find().and_then(|r| r.write_invariants()),
        ["tour"] => Repository::find().and_then(|r| r.tour()),
        ["links"] => Repository::find().and_then(|r| r.links()),
        _ => {
            console::error(USAGE);
            return ExitCode::from(64);
        }
    };
    match outcome {
        Ok(problems) => report(&problems),
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn report(problems: &[Problem]) -> ExitCode {
    for problem in problems {
        console::error(&problem.to_string());
    }
    if problems.is_empty() {
        console::line("ok");
        ExitCode::SUCCESS
    } else {
        console::error(&format!("{} problem(s)", problems.len()));
        ExitCode::FAILURE
    }
}
