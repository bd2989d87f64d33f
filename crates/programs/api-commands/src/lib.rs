//! The commands that ask a platform through its REST API, on this machine or elsewhere: one noun per file.
//!
//! A command reads its options, asks the API, and prints the answer as a table, JSON or YAML. What it may do, the platform decides.
//! [`ApiCommand`] is the table of them; the program `sekisho` adds the commands that need more than the API.

mod access_request;
mod act;
mod api_document;
mod apply;
mod certificate;
mod classification;
mod clock;
mod decision;
mod detection;
mod device;
mod directory;
mod document;
mod enforcement_point;
mod event;
mod governance;
mod identity_provider;
mod name;
mod operation;
mod policy;
mod policy_check;
mod reach;
mod response;
mod session;
mod status;
mod threat;
mod token;
mod user;
mod vulnerability;
mod wanted;
mod whoami;
mod workload;

use clap::error::Error;
use clap::{ArgMatches, Command as Definition, FromArgMatches, Subcommand};
use sekisho_command_line::{Connection, Failure, Output, Printing, client, output, progress};

/// A command that asks the API.
#[derive(Debug)]
pub struct ApiCommand(Command);

#[derive(Debug, Subcommand)]
enum Command {
    /// Whether the platform is ready, and how its World, ledger, tasks and certificates stand.
    #[command(
        after_help = "Examples:\n  sekisho status\n  sekisho status -o json | jq .tasks\n\nExit status: 0 ready, 1 not ready, 69 not reached."
    )]
    Status(status::Status),
    /// As whom the platform takes this command, and what that may do.
    #[command(after_help = "Examples:\n  sekisho whoami\n  sekisho whoami --server https://portal.example.jp")]
    Whoami(whoami::Whoami),
    /// What I may reach, how it is opened, and what is missing for the rest.
    #[command(
        after_help = "Examples:\n  sekisho resources --server https://portal.example.jp\n  sekisho resources -o json\n\nWhat nothing would open for you is not named, as on the portal's page."
    )]
    Resources(reach::Resources),
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
    /// What an identity provider supplies by SCIM: look, hand over, take back.
    #[command(subcommand)]
    Directory(directory::Directory),
    /// Sessions: look, end.
    #[command(subcommand)]
    Session(session::Session),
    /// Resources: what is protected.
    #[command(subcommand)]
    Resource(document::Resources),
    /// API documents: the operations of APIs, and the check of an OpenAPI document.
    #[command(subcommand)]
    ApiDocument(api_document::ApiDocument),
    /// Labels of data, and what scans found.
    #[command(subcommand)]
    Classification(classification::Classification),
    /// Requests for access for a time: ask, approve, refuse, withdraw.
    #[command(subcommand)]
    AccessRequest(access_request::AccessRequest),
    /// Policies: look, check files before they are applied.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Decisions: the latest, or one with its explanation.
    #[command(subcommand)]
    Decision(decision::Decision),
    /// Administrative acts: who did what, and when.
    #[command(subcommand)]
    Act(act::Act),
    /// Events: every decision, access, cut, sign-in, act and finding, as OCSF.
    #[command(subcommand)]
    Event(event::Event),
    /// Detection rules over the events.
    #[command(subcommand)]
    Detection(detection::Detection),
    /// Enforcement points that are not ours: proxies and applications that ask for decisions.
    #[command(subcommand)]
    EnforcementPoint(enforcement_point::EnforcementPoint),
    /// Identity providers with which people sign in: look, set the client secret, link accounts.
    #[command(subcommand)]
    IdentityProvider(identity_provider::IdentityProvider),
    /// How the installation stands against published frameworks.
    #[command(subcommand)]
    Governance(governance::Governance),
    /// The certificates that browsers and agents see.
    #[command(subcommand)]
    Certificate(certificate::Certificate),
    /// Threat feeds: how they stand, what they say of an address.
    #[command(subcommand)]
    Threat(threat::Threat),
    /// What playbooks did and propose: look, approve, undo.
    #[command(subcommand)]
    Response(response::Response),
    /// Playbooks: what is done or proposed when a signal is raised.
    #[command(subcommand)]
    Playbook(response::Playbook),
    /// Lists of domain names, and tokens of those who ask the resolver.
    #[command(subcommand)]
    Name(name::Name),
    /// Vulnerable software of devices and applications: what was found, the sources, bills of materials.
    #[command(subcommand)]
    Vulnerability(vulnerability::Vulnerability),
    /// Workloads, programs that ask in their own name: list, issue, revoke, disable.
    #[command(subcommand)]
    Workload(workload::Workload),
    /// API tokens, with which programs administer: make, look, revoke.
    #[command(subcommand)]
    Token(token::Token),
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
    /// The clock that decisions go by.
    #[command(subcommand)]
    Clock(clock::Clock),
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
}

impl ApiCommand {
    /// Runs it.
    ///
    /// # Errors
    /// When the platform cannot be reached or refuses, or the command is wrong in itself.
    pub fn run(self) -> Result<(), Failure> {
        match self.0 {
            Command::Status(command) => command.run(),
            Command::Whoami(command) => command.run(),
            Command::Resources(command) => command.run(),
            Command::Apply(command) => command.run(),
            Command::User(command) => command.run(),
            Command::Group(command) => command.run(),
            Command::Device(command) => command.run(),
            Command::Directory(command) => command.run(),
            Command::Session(command) => command.run(),
            Command::Resource(command) => command.run(),
            Command::ApiDocument(command) => command.run(),
            Command::Classification(command) => command.run(),
            Command::AccessRequest(command) => command.run(),
            Command::Policy(command) => command.run(),
            Command::Decision(command) => command.run(),
            Command::Act(command) => command.run(),
            Command::Event(command) => command.run(),
            Command::Detection(command) => command.run(),
            Command::EnforcementPoint(command) => command.run(),
            Command::IdentityProvider(command) => command.run(),
            Command::Governance(command) => command.run(),
            Command::Certificate(command) => command.run(),
            Command::Threat(command) => command.run(),
            Command::Response(command) => command.run(),
            Command::Playbook(command) => command.run(),
            Command::Name(command) => command.run(),
            Command::Vulnerability(command) => command.run(),
            Command::Workload(command) => command.run(),
            Command::Token(command) => command.run(),
            Command::Reload(command) => command.run(),
            Command::Upgrade(command) => command.run(),
            Command::Clock(command) => command.run(),
            Command::RestoreConsole(command) => command.run(),
        }
    }
}

impl FromArgMatches for ApiCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Command::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Subcommand for ApiCommand {
    fn augment_subcommands(definition: Definition) -> Definition {
        Command::augment_subcommands(definition)
    }

    fn augment_subcommands_for_update(definition: Definition) -> Definition {
        Command::augment_subcommands_for_update(definition)
    }

    fn has_subcommand(name: &str) -> bool {
        Command::has_subcommand(name)
    }
}
