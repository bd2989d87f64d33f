//! Repository checks, run as `cargo xtask NAME` or all together as `cargo verify`.
//!
//! Each check is a pure function from texts to [`problem::Problem`]s; only `repository` and `verify` touch the machine.

mod capabilities;
mod console;
mod demo;
mod dependencies;
mod exceptions;
mod functions;
mod invariants;
mod layers;
mod links;
mod modules;
mod package;
mod pictures;
mod problem;
mod programs;
mod prose;
mod repository;
mod settings;
mod texts;
mod tour;
mod translations;
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
    cargo xtask prose               comments, documents and messages are plain English
    cargo xtask texts               texts exist in both languages, are used, and are written in one style
    cargo xtask capabilities        no capability is named by more than ten files outside its crate
    cargo xtask functions           no function has more than 70 lines
    cargo xtask dependencies        what is built in from others has an allowed licence, comes from the registry, and once; with
                                    SEKISHO_ADVISORIES=FOLDER, a local copy of RustSec's database, it has no known vulnerability
    cargo xtask prose --write, functions --write, dependencies --write
                                    the same, and shorten the list of files that are not yet so
    cargo xtask translations        README and guide have their Japanese pages, with the same headings and code, and none is older
    cargo xtask translations --write PAGE…
                                    the same, after the Japanese pages of these English ones were marked as translations of them as they are
    cargo xtask settings            docs/guide/settings.md, and ja/settings.md, is what the program says of its settings; builds it
    cargo xtask settings --write    the same, and write the pages
    cargo verify                    all of these, and formatting, lints, documentation, tests and the main job
    cargo verify --full             the same with volumes, and with the web servers of others behind the gateway
    cargo xtask pictures FOLDER     take a picture of every page in both languages, on both screens and in both themes into a folder
                                    outside the repository
    cargo xtask package             build what is shipped: binary, Debian package, bill of materials, checksums
    cargo xtask sbom                print the bill of materials alone
    cargo demo                      build and start the demonstration; its options follow
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["verify"] => return verify::run(verify::Scope::Usual),
        ["verify", "--full"] => return verify::run(verify::Scope::Full),
        ["demo", arguments @ ..] => return demo::run(arguments),
        ["package"] => return package::run(),
        ["sbom"] => return package::print_bill(),
        ["layers"] => Repository::find().and_then(|r| r.layers()),
        ["capabilities"] => Repository::find().and_then(|r| r.capabilities()),
        ["invariants"] => Repository::find().and_then(|r| r.invariants()),
        ["invariants", "--write"] => Repository::find().and_then(|r| r.write_invariants()),
        ["tour"] => Repository::find().and_then(|r| r.tour()),
        ["links"] => Repository::find().and_then(|r| r.links()),
        ["prose"] => Repository::find().and_then(|r| r.prose()),
        ["prose", "--write"] => Repository::find().and_then(|r| r.write_prose()),
        ["texts"] => Repository::find().and_then(|r| r.people_read()),
        ["translations"] => Repository::find().and_then(|r| r.translations()),
        ["translations", "--write", pages @ ..] => Repository::find().and_then(|r| r.renew_translations(pages)),
        ["settings"] => Repository::find().and_then(|r| settings::check(&r)),
        ["settings", "--write"] => Repository::find().and_then(|r| settings::write(&r)),
        ["pictures", folder] => Repository::find().and_then(|r| pictures::take(&r, folder)),
        ["functions"] => Repository::find().and_then(|r| r.functions()),
        ["dependencies"] => Repository::find().and_then(|r| r.dependencies()),
        ["dependencies", "--write"] => Repository::find().and_then(|r| r.write_dependencies()),
        ["functions", "--write"] => Repository::find().and_then(|r| r.write_functions()),
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
