//! `sekisho user …`

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::Value;

use super::document::{self, path_segment};
use super::output::one_line;
use super::wanted::Wanted;
use super::{Connection, Failure};

/// People's accounts.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// List them.
    #[command(after_help = "Examples:\n  sekisho user list --group finance\n  sekisho user list --find sato -o yaml")]
    List {
        /// Only members of this group, directly or through another group.
        #[arg(long)]
        group: Option<String>,
        #[command(flatten)]
        wanted: Wanted,
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
            Self::List { group, wanted, connection } => {
                let rows = wanted.of(&mut connection.client()?, "/users", &[("group", group.as_deref())])?;
                let columns = [
                    ("USER", "/id"),
                    ("NAME", "/name"),
                    ("STATUS", "/status"),
                    ("EMPLOYMENT", "/employment"),
                    ("DEPARTMENT", "/department"),
                    ("GROUPS", "/groups"),
                ];
                connection.output().table(&rows, &columns, "no user that fits: write one and `sekisho apply` it")
            }
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
