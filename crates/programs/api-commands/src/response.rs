//! `sekisho response …` and `sekisho playbook …`

use clap::Subcommand;
use serde_json::Value;

use super::document::path_segment;
use super::wanted::narrowed_path;
use super::{Connection, Failure};

/// What playbooks did and propose.
#[derive(Debug, Subcommand)]
pub(super) enum Response {
    /// List responses, the newest first: about whom, how each stands, and until when it is in force.
    #[command(after_help = "Example: sekisho response list --state proposed")]
    List {
        /// Only those in this state.
        #[arg(long, value_parser = ["proposed", "held", "spared", "doing", "done", "undoing", "undone", "expired", "dismissed"])]
        state: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Approve what a playbook proposes: it begins now.
    #[command(after_help = "Example: sekisho response approve 1790000000000-4f1d0c6a9b8e2f37")]
    Approve {
        /// Which response.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Undo a response, or dismiss what a playbook proposes. What has no inverse is named.
    #[command(after_help = "Example: sekisho response undo 1790000000000-4f1d0c6a9b8e2f37")]
    Undo {
        /// Which response.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Playbooks: what is done or proposed when a signal is raised.
#[derive(Debug, Subcommand)]
pub(super) enum Playbook {
    /// List the playbooks: the signal that begins each, what it does, and why one is not in force.
    #[command(after_help = "Example: sekisho playbook list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Make the secret that signs the messages of a playbook, and print it once. The former one signs no more.
    #[command(
        after_help = "Example: sekisho playbook secret spray\n\nReceivers verify messages as Standard Webhooks says, with this secret."
    )]
    Secret {
        /// Which playbook.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Response {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { state, connection } => {
                let mut client = connection.client()?;
                let rows =
                    client.list_first(&narrowed_path("/responses", [("state", state.as_deref())]), usize::MAX)?;
                let columns = [
                    ("RESPONSE", "/id"),
                    ("PLAYBOOK", "/playbook"),
                    ("USER", "/user"),
                    ("STATE", "/state"),
                    ("UNTIL", "/until@"),
                    ("BY", "/by"),
                ];
                client.output().table(&rows, &columns, "no response that fits")
            }
            Self::Approve { id, connection } => post(&connection, &id, "approve"),
            Self::Undo { id, connection } => post(&connection, &id, "undo"),
        }
    }
}

impl Playbook {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let (rows, output) = (client.list("/playbooks")?, client.output());
                let columns = [
                    ("PLAYBOOK", "/id"),
                    ("SIGNAL", "/trigger"),
                    ("MODE", "/mode"),
                    ("ACTIONS", "/actions"),
                    ("PROBLEM", "/problem"),
                ];
                output.table(&rows, &columns, "there is no playbook")
            }
            Self::Secret { id, connection } => {
                let answer =
                    connection.client()?.post(&format!("/playbooks/{}/secret", path_segment(&id)), &Value::Null)?;
                let secret = |answer: &Value| text(answer, "secret");
                connection.output().show(&answer, secret)
            }
        }
    }
}

fn post(connection: &Connection, id: &str, act: &str) -> Result<(), Failure> {
    let answer = connection.client()?.post(&format!("/responses/{}/{act}", path_segment(id)), &Value::Null)?;
    connection.output().show(&answer, |answer| {
        let mut lines = vec![format!("{} {}: {}", text(answer, "id"), text(answer, "state"), text(answer, "user"))];
        for step in answer.get("steps").and_then(Value::as_array).into_iter().flatten() {
            lines.push(
                format!("  {} {} {}", text(step, "action"), text(step, "state"), text(step, "why"))
                    .trim_end()
                    .to_owned(),
            );
        }
        lines.join("\n")
    })
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
