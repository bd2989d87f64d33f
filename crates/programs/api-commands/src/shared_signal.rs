//! `sekisho shared-signal …`

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::document::path_segment;
use super::{Connection, Failure};

/// What other systems report of sessions, credentials and devices.
#[derive(Debug, Subcommand)]
pub(super) enum SharedSignal {
    /// List the transmitters, with the address that each sends its events to, and how each stands.
    #[command(after_help = "Example: sekisho shared-signal list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// List the last events that counted, newest first. `sekisho act list` has every one.
    #[command(after_help = "Example: sekisho shared-signal received -o json")]
    Received {
        #[command(flatten)]
        connection: Connection,
    },
    /// List the receivers that are told when a session ends here, and why the last attempt at each failed.
    #[command(after_help = "Example: sekisho shared-signal receivers")]
    Receivers {
        #[command(flatten)]
        connection: Connection,
    },
    /// Set the secret that signs the webhooks of a transmitter.
    #[command(
        after_help = "Example: sekisho shared-signal set-secret edr --secret-file /run/secrets/edr\n\nThe first line of the file is the secret, as the transmitter shows it."
    )]
    SetSecret {
        /// Which transmitter.
        transmitter: String,
        /// The file whose first line is the secret.
        #[arg(long)]
        secret_file: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
}

impl SharedSignal {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let rows = client.list_first("/shared-signals", usize::MAX)?;
                let columns = [
                    ("TRANSMITTER", "/id"),
                    ("FORM", "/form"),
                    ("ENABLED", "/enabled"),
                    ("RECEIVED", "/received"),
                    ("REFUSED", "/refused"),
                    ("LAST", "/received_at@"),
                    ("PROBLEM", "/problem"),
                    ("ENDPOINT", "/endpoint"),
                ];
                client.output().table(&rows, &columns, "no transmitter: apply a `[[transmitter]]` document")
            }
            Self::Received { connection } => {
                let mut client = connection.client()?;
                let rows = client.list_first("/shared-signals/received", usize::MAX)?;
                let columns = [
                    ("AT", "/at@"),
                    ("TRANSMITTER", "/transmitter"),
                    ("EVENT", "/event"),
                    ("SUBJECT", "/subject"),
                    ("EFFECT", "/effect"),
                    ("OUTCOME", "/outcome"),
                ];
                client.output().table(&rows, &columns, "no event has come since this process started")
            }
            Self::Receivers { connection } => {
                let mut client = connection.client()?;
                let rows = client.list_first("/shared-signals/receivers", usize::MAX)?;
                let columns = [
                    ("RECEIVER", "/id"),
                    ("ENABLED", "/enabled"),
                    ("URL", "/url"),
                    ("AUDIENCE", "/audience"),
                    ("PROBLEM", "/problem"),
                ];
                client.output().table(&rows, &columns, "no receiver: apply a `[[signal-receiver]]` document")
            }
            Self::SetSecret { transmitter, secret_file, connection } => {
                let text = std::fs::read_to_string(&secret_file)
                    .map_err(|error| Failure::data(format_args!("{}: {error}", secret_file.display())))?;
                let secret = text.lines().next().unwrap_or_default();
                let path = format!("/shared-signals/{}/secret", path_segment(&transmitter));
                let answer = connection.client()?.post(&path, &json!({ "secret": secret }))?;
                connection.output().show(&answer, |_| format!("the secret of {transmitter} is set"))
            }
        }
    }
}
