//! The command line: one noun per file, every command with an example and `--json`.

mod agent;
mod apply;
mod backup;
mod certificate;
mod clock;
mod connect;
mod decision;
mod device;
mod document;
mod enforcement_point;
mod ledger;
mod ledger_prove;
mod ledger_read;
mod ledger_verify;
mod login;
mod operation;
mod policy;
mod policy_check;
mod progress;
mod session;
mod settings;
mod token;
mod up;
mod user;
mod whoami;

use clap::{Parser, Subcommand};

pub use sekisho_command_line::{AdminClient, Failure, line};
pub(crate) use sekisho_command_line::{Connection, Output};
use sekisho_command_line::{agent_folder, agent_open, client, connection, core_dumps, exit, output};

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
    /// Read the configuration file again; open connections go on.
    #[command(
        after_help = "Example: sekisho reload --data /var/lib/sekisho\n\nSIGHUP does the same. A file that is wrong changes nothing; what cannot change while running is named."
    )]
    Reload(operation::Reload),
    /// Hand over to a new binary; no connection and no request is lost.
    #[command(
        after_help = "Example: sekisho upgrade --data /var/lib/sekisho\n\nPut the new binary where the old one was started from, then run this (SIGUSR2 does the same). When the new process\ndoes not become ready, the old one goes on and this says why."
    )]
    Upgrade(operation::Upgrade),
    /// Write a backup of store and ledger into one file, also while the platform runs.
    #[command(after_help = "Example: sekisho backup /backup/sekisho.tar --config /etc/sekisho/sekisho.toml")]
    Backup(backup::Backup),
    /// Put a backup back into a data folder that holds no platform.
    #[command(after_help = "Example: sekisho restore /backup/sekisho.tar --config /etc/sekisho/sekisho.toml")]
    Restore(backup::Restore),
    /// Every setting of the configuration file: its purpose, value, default, and when a change takes effect.
    #[command(after_help = "Example: sekisho settings")]
    Settings(settings::Settings),
    /// Make the documents as they are written in a folder; shows the plan, changes all or nothing.
    #[command(after_help = "Example: sekisho apply ./organisation --plan --data /var/lib/sekisho")]
    Apply(apply::Apply),
    /// People's accounts.
    #[command(subcommand)]
    User(user::User),
    /// Groups of people.
    #[command(subcommand)]
    Group(document::Groups),
    /// Devices: enrol, look, revoke.
    #[command(subcommand)]
    Device(device::Device),
    /// Sessions: look, end.
    #[command(subcommand)]
    Session(session::Session),
    /// Resources: what is protected.
    #[command(subcommand)]
    Resource(document::Resources),
    /// Enforcement points that are not ours: proxies and applications that ask for decisions.
    #[command(subcommand)]
    EnforcementPoint(enforcement_point::EnforcementPoint),
    /// The certificates that browsers and agents see.
    #[command(subcommand)]
    Certificate(certificate::Certificate),
    /// The clock that decisions go by.
    #[command(subcommand)]
    Clock(clock::Clock),
    /// Policies: look, check files before they are applied.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Decisions: the latest, or one with its explanation.
    #[command(subcommand)]
    Decision(decision::Decision),
    /// The tamper-evident record.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Put back what the console needs, when a policy has locked every administrator out.
    #[command(
        after_help = "Example: sekisho restore-console --data /var/lib/sekisho\n\nWrites the resource and the policies of the console, the parts of the platform and the shipped roles as they\nwere shipped; changes of your own in these documents are kept in their history. People and groups stay as they are.",
        // It takes them only to say that it works on the machine of the platform alone.
        mut_arg("server", |option| option.hide(true)),
        mut_arg("ca", |option| option.hide(true)),
        mut_arg("pin", |option| option.hide(true)),
        mut_arg("session", |option| option.hide(true))
    )]
    RestoreConsole(operation::RestoreConsole),
    /// API tokens, with which programs administer: make, look, revoke.
    #[command(subcommand)]
    Token(token::Token),
    /// As whom the platform takes this command, and what that may do.
    #[command(after_help = "Example: sekisho whoami --server https://portal.example.jp")]
    Whoami(whoami::Whoami),
    /// The agent of this device.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// Sign this terminal in through the browser.
    #[command(
        after_help = "Examples:\n  sekisho login\n  sekisho login --server https://portal.example.jp --authority authority.pem"
    )]
    Login(login::Login),
    /// End this terminal's session: everything open in it is cut.
    #[command(after_help = "Example: sekisho logout")]
    Logout(login::Logout),
    /// Open a tunnel to a TCP service.
    #[command(
        after_help = "Examples:\n  ssh -o ProxyCommand='sekisho connect %h' build-server\n  sekisho connect payroll-db --listen 127.0.0.1:15432\n\nExit status: 77 not permitted, 75 cut because permission lapsed, 69 gateway or service not reached."
    )]
    Connect(connect::Connect),
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
    let as_json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    let line = match L::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let informative = !error.use_stderr();
            if as_json && !informative {
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
        Err(failure) => failure.report(as_json),
    }
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Up(command) => command.run(),
            Self::Reload(command) => command.run(),
            Self::Upgrade(command) => command.run(),
            Self::Backup(command) => command.run(),
            Self::Restore(command) => command.run(),
            Self::Settings(command) => command.run(),
            Self::Apply(command) => command.run(),
            Self::User(command) => command.run(),
            Self::Group(command) => command.run(),
            Self::Device(command) => command.run(),
            Self::Session(command) => command.run(),
            Self::Resource(command) => command.run(),
            Self::EnforcementPoint(command) => command.run(),
            Self::Certificate(command) => command.run(),
            Self::Clock(command) => command.run(),
            Self::Policy(command) => command.run(),
            Self::Decision(command) => command.run(),
            Self::Ledger(command) => command.run(),
            Self::RestoreConsole(command) => command.run(),
            Self::Token(command) => command.run(),
            Self::Whoami(command) => command.run(),
            Self::Agent(command) => command.run(),
            Self::Login(command) => command.run(),
            Self::Logout(command) => command.run(),
            Self::Connect(command) => command.run(),
        }
    }
}
