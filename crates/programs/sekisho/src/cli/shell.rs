//! `sekisho completion SHELL` and `sekisho man FOLDER`: what shells and readers of manuals get from the definition of the commands.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::output::Printing;
use super::{CommandLine, Failure};

/// The completion of a shell.
#[derive(Debug, Args)]
pub(super) struct Completion {
    /// Which shell.
    shell: Shell,
}

/// The manual pages.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// The folder to write them into; it is made when it is not there.
    folder: PathBuf,
    #[command(flatten)]
    printing: Printing,
}

impl Completion {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (mut command, mut script) = (CommandLine::command(), Vec::new());
        generate(self.shell, &mut command, "sekisho", &mut script);
        super::line(String::from_utf8_lossy(&script).trim_end())
    }
}

impl Man {
    pub(super) fn run(self) -> Result<(), Failure> {
        let written = write(&self.folder).map_err(|error| {
            Failure::data(format_args!("{}: {error}: name a folder that this user may write to", self.folder.display()))
        })?;
        let value = serde_json::json!({ "folder": self.folder, "pages": written });
        self.printing.output().show(&value, |_| format!("{written} pages are in {}", self.folder.display()))
    }
}

/// Writes a page for each command, and returns how many there are. The same program writes the same bytes.
fn write(folder: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let mut command = CommandLine::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages);
    for page in &pages {
        let page = clap_mangen::Man::new(page.clone())
            .manual("Sekisho")
            .source(concat!("sekisho ", env!("CARGO_PKG_VERSION")));
        page.generate_to(folder)?;
    }
    Ok(pages.len())
}

/// A command and everything below it that is not hidden.
fn collect(command: &Command, pages: &mut Vec<Command>) {
    pages.push(command.clone());
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, pages);
    }
}
