//! `sekisho client …`

use clap::Subcommand;
use serde_json::Value;

use super::document::path_segment;
use super::{Connection, Failure};

/// Registered applications: look, make the secret.
#[derive(Debug, Subcommand)]
pub(super) enum Client {
    /// List them, with the issuer that each is configured with.
    #[command(after_help = "Example: sekisho client list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Make the secret of an application. It is shown this once; the one before it opens nothing any more.
    #[command(after_help = "Example: sekisho client make-secret wiki")]
    MakeSecret {
        /// Which application.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Client {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let rows = client.list_first("/clients", usize::MAX)?;
                let columns = [
                    ("CLIENT ID", "/id"),
                    ("NAME", "/name"),
                    ("RESOURCE", "/resource"),
                    ("ENABLED", "/enabled"),
                    ("CONFIDENTIAL", "/confidential"),
                    ("SECRET", "/has_secret"),
                    ("ISSUER", "/issuer"),
                ];
                client.output().table(&rows, &columns, "no application is registered: apply a `[[client]]` document")
            }
            Self::MakeSecret { id, connection } => {
                let path = format!("/clients/{}/secret", path_segment(&id));
                let answer = connection.client()?.post(&path, &Value::Null)?;
                connection.output().show(&answer, |answer| {
                    let secret = answer.get("client_secret").and_then(Value::as_str).unwrap_or_default();
                    format!("the client secret of {id}, shown this once: {secret}")
                })
            }
        }
    }
}
