//! `sekisho user …`

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::Value;

use super::document::{self, path_segment};
use super::output::one_line;
use super::{Connection, Failure};

/// People's accounts.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// List them.
    #[command(after_help = "Example: sekisho user list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one, with its history.
    #[command(after_help = "Example: sekisho user show alice")]
    Show {
        /// Which account.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Disable an account: its sessions and open streams end at once.
    #[command(after_help = "Example: sekisho user disable mallory")]
    Disable {
        /// Which account.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Enable an account again.
    #[command(after_help = "Example: sekisho user enable mallory")]
    Enable {
        /// Which account.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove everything the person can sign in with, end their sessions, and make a new one-time link.
    #[command(after_help = "Example: sekisho user reset alice")]
    Reset {
        /// Which account.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a one-time link with which the person sets up their sign-in methods.
    #[command(after_help = "Example: sekisho user link alice")]
    Link {
        /// Which account.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl User {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => document::list(
                &connection,
                Kind::User,
                &[
                    ("USER", "/id"),
                    ("NAME", "/body/name"),
                    ("STATUS", "/body/status"),
                    ("EMPLOYMENT", "/body/employment"),
                    ("DEPARTMENT", "/body/department"),
                    ("GROUPS", "/body/groups"),
                ],
            ),
            Self::Show { id, connection } => document::show(&connection, Kind::User, &id),
            Self::Disable { id, connection } => set_status(&connection, &id, "disable", "disabled"),
            Self::Enable { id, connection } => set_status(&connection, &id, "enable", "active"),
            Self::Link { id, connection } => link(&connection, &id, "enrolment-link"),
            Self::Reset { id, connection } => link(&connection, &id, "reset"),
        }
    }
}

fn link(connection: &Connection, id: &str, how: &str) -> Result<(), Failure> {
    let answer = connection.client()?.post(&format!("/users/{}/{how}", path_segment(id)), &Value::Null)?;
    connection.output().show(&answer, |answer| {
        let url = one_line(answer.get("url").and_then(Value::as_str).unwrap_or_default());
        format!("Give this link to {id}; it works once, for 24 hours:\n  {url}")
    })
}

fn set_status(connection: &Connection, id: &str, act: &str, status: &str) -> Result<(), Failure> {
    let answer = connection.client()?.post(&format!("/users/{}/{act}", path_segment(id)), &Value::Null)?;
    connection.output().show(&answer, |_| format!("{id} is {status}"))
}
