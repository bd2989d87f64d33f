//! The command line: one noun per file, every command with an example and `--output`.

mod agent;
mod backup;
mod connect;
mod ledger;
mod ledger_prove;
mod ledger_read;
mod ledger_verify;
mod login;
mod settings;
mod shell;
mod suggestion;
mod up;

use clap::{Parser, Subcommand};

use sekisho_api_commands::ApiCommand;
pub use sekisho_command_line::{AdminClient, Failure, line};
pub(crate) use sekisho_command_line::{Connection, Output, Printing};
use sekisho_command_line::{agent_folder, agent_open, browser, client, connection, core_dumps, exit, output, progress};

/// Sekisho (関所): a Zero Trust Architecture platform in one binary.
///
/// Every request, from anyone, to anything, is decided on who asks, from what, for what and in which state, and is decided
/// again whenever any of these change.
#[derive(Debug, Parser)]
#[command(name = "sekisho", version, max_term_width = 110)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the platform: control plane, gateway, portal and console.
    #[command(after_help = "Example: sekisho up --config /etc/sekisho/sekisho.toml")]
    Up(up::Up),
    #[command(flatten)]
    Api(ApiCommand),
    /// The tamper-evident record.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Every setting of the configuration file: its purpose, value, default, and when a change takes effect.
    #[command(after_help = "Example: sekisho settings")]
    Settings(settings::Settings),
    /// Write a backup of store and ledger into one file, also while the platform runs.
    #[command(after_help = "Example: sekisho backup /backup/sekisho.tar --config /etc/sekisho/sekisho.toml")]
    Backup(backup::Backup),
    /// Put a backup back into a data folder that holds no platform.
    #[command(after_help = "Example: sekisho restore /backup/sekisho.tar --config /etc/sekisho/sekisho.toml")]
    Restore(backup::Restore),
    /// Sign this terminal in through the browser.
    #[command(
        after_help = "Examples:\n  sekisho login\n  sekisho login --server https://portal.example.jp --authority authority.pem"
    )]
    Login(login::Login),
    /// Open a tunnel to a TCP service.
    #[command(
        after_help = "Examples:\n  ssh -o ProxyCommand='sekisho connect %h' build-server\n  sekisho connect payroll-db --listen 127.0.0.1:15432\n\nExit status: 77 not permitted, 75 cut because permission lapsed, 69 gateway or service not reached."
    )]
    Connect(connect::Connect),
    /// End this terminal's session: everything open in it is cut.
    #[command(after_help = "Example: sekisho logout")]
    Logout(login::Logout),
    /// The agent of this device.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// Print the completion of a shell.
    #[command(
        after_help = "Examples:\n  sekisho completion bash > ~/.local/share/bash-completion/completions/sekisho\n  sekisho completion zsh > ~/.zfunc/_sekisho\n  sekisho completion fish > ~/.config/fish/completions/sekisho.fish"
    )]
    Completion(shell::Completion),
    /// Write the manual pages of every command into a folder.
    #[command(after_help = "Example: sekisho man ~/.local/share/man/man1")]
    Man(shell::Man),
}

/// Runs the command that was typed and returns the status to exit with.
#[must_use]
pub fn run() -> std::process::ExitCode {
    run_line(|line: CommandLine| line.command.run())
}

/// Reads the command line of a program, runs it and returns the status to exit with: 64 for a line that cannot be read. Must be
/// called once for each process, because it chooses the cryptography of TLS.
pub fn run_line<L: Parser>(execute: impl FnOnce(L) -> Result<(), Failure>) -> std::process::ExitCode {
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        // Only a second installation fails.
        return std::process::ExitCode::FAILURE;
    }
    if let Err(error) = core_dumps::forbid() {
        return Failure::failed(format_args!("core dumps cannot be forbidden: {error}")).report(false);
    }
    // Also when the rest of the line cannot be read.
    let for_programs = output::is_for_programs(std::env::args_os().skip(1));
    let line = match L::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let error = suggestion::harmless(error);
            let informative = !error.use_stderr();
            if for_programs && !informative {
                return Failure::usage(error.render()).report(true);
            }
            // Nothing can be told to anybody when the terminal is gone.
            let _ = error.print();
            return if informative {
                std::process::ExitCode::SUCCESS
            } else {
                std::process::ExitCode::from(exit::USAGE)
            };
        }
    };
    match execute(line) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(failure) => failure.report(for_programs),
    }
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Up(command) => command.run(),
            Self::Api(command) => command.run(),
            Self::Ledger(command) => command.run(),
            Self::Settings(command) => command.run(),
            Self::Backup(command) => command.run(),
            Self::Restore(command) => command.run(),
            Self::Login(command) => command.run(),
            Self::Connect(command) => command.run(),
            Self::Logout(command) => command.run(),
            Self::Agent(command) => command.run(),
            Self::Completion(command) => command.run(),
            Self::Man(command) => command.run(),
        }
    }
}
