//! `sekisho session …`

use clap::Subcommand;
use serde_json::Value;

use super::document::path_segment;
use super::wanted::Wanted;
use super::{Connection, Failure};

/// Sessions: look, end.
#[derive(Debug, Subcommand)]
pub(super) enum Session {
    /// List the live sessions.
    #[command(after_help = "Example: sekisho session list --user alice")]
    List {
        /// Only of this person.
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// End one session: everything open in it is cut.
    #[command(after_help = "Example: sekisho session end 6f1c0e5ad4b1…\n         sekisho session end --user mallory")]
    End {
        /// Which session: its identifier or the beginning of it.
        #[arg(required_unless_present = "user")]
        id: Option<String>,
        /// End every session of this person instead.
        #[arg(long, conflicts_with = "id")]
        user: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Session {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { user, wanted, connection } => {
                let mut client = connection.client()?;
                let rows = wanted.of(&mut client, "/sessions", &[("user", user.as_deref())])?;
                let columns = [
                    ("SESSION", "/id"),
                    ("USER", "/user"),
                    ("METHODS", "/methods"),
                    ("DEVICE", "/device"),
                    ("FROM", "/address"),
                    ("SINCE", "/established_at@"),
                ];
                client.output().table(&rows, &columns, "no session that fits")
            }
            Self::End { id, user, connection } => {
                let path = match (id, user) {
                    (Some(id), _) => format!("/sessions/{}/end", path_segment(id.trim_end_matches('…'))),
                    (None, user) => format!("/users/{}/sessions/end", path_segment(&user.unwrap_or_default())),
                };
                let answer = connection.client()?.post(&path, &Value::Null);
                let answer =
                    answer.map_err(|failure| failure.or_else_try("`sekisho session list` shows which there are"))?;
                connection.output().show(&answer, |answer| {
                    format!("sessions ended: {}", answer.get("ended").and_then(Value::as_u64).unwrap_or(0))
                })
            }
        }
    }
}
