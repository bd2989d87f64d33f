//! `sekisho enforcement-point …`

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::Value;

use super::document::{self, path_segment};
use super::output::one_line;
use super::wanted::Wanted;
use super::{Connection, Failure};

/// Enforcement points that are not ours.
#[derive(Debug, Subcommand)]
pub(super) enum EnforcementPoint {
    /// List them.
    #[command(after_help = "Example: sekisho enforcement-point list")]
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one, with its history.
    #[command(after_help = "Example: sekisho enforcement-point show edge")]
    Show {
        /// Which enforcement point.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a token with which it proves who it is. The token before it stays good until the next one.
    #[command(after_help = "Example: sekisho enforcement-point token todo-service")]
    Token {
        /// Which enforcement point.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a key and a certificate with which it proves who it is. The ones before stay good until the next.
    #[command(after_help = "Example: sekisho enforcement-point certificate edge --directory /etc/nginx/sekisho")]
    Certificate {
        /// Which enforcement point.
        id: String,
        /// Where to write `certificate.pem`, `key.pem` and `authority.pem`.
        #[arg(long)]
        directory: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make all its certificates and tokens void, at once.
    #[command(after_help = "Example: sekisho enforcement-point revoke edge")]
    Revoke {
        /// Which enforcement point.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Refuse whatever it asks.
    #[command(after_help = "Example: sekisho enforcement-point disable edge")]
    Disable {
        /// Which enforcement point.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Let it ask again.
    #[command(after_help = "Example: sekisho enforcement-point enable edge")]
    Enable {
        /// Which enforcement point.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl EnforcementPoint {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { wanted, connection } => document::list(
                &connection,
                Kind::EnforcementPoint,
                &wanted,
                &[
                    ("ENFORCEMENT POINT", "/id"),
                    ("NAME", "/body/name"),
                    ("SPEAKS", "/body/speaks"),
                    ("STATUS", "/body/status"),
                    ("RESOURCES", "/body/resources"),
                ],
            ),
            Self::Show { id, connection } => document::show(&connection, Kind::EnforcementPoint, &id),
            Self::Token { id, connection } => {
                let answer = post(&connection, &id, "token")?;
                connection.output().show(&answer, |answer| {
                    let token = one_line(answer.get("token").and_then(Value::as_str).unwrap_or_default());
                    format!("Give this token to {id}; it is not shown again:\n  {token}")
                })
            }
            Self::Certificate { id, directory, connection } => certificate(&connection, &id, &directory),
            Self::Revoke { id, connection } => {
                let answer = post(&connection, &id, "revoke")?;
                connection.output().show(&answer, |_| format!("{id} has no certificate and no token"))
            }
            Self::Disable { id, connection } => set_status(&connection, &id, "disable", "disabled"),
            Self::Enable { id, connection } => set_status(&connection, &id, "enable", "active"),
        }
    }
}

fn post(connection: &Connection, id: &str, what: &str) -> Result<Value, Failure> {
    connection.client()?.post(&format!("/enforcement-points/{}/{what}", path_segment(id)), &Value::Null)
}

fn set_status(connection: &Connection, id: &str, act: &str, status: &str) -> Result<(), Failure> {
    let answer = post(connection, id, act)?;
    connection.output().show(&answer, |_| format!("{id} is {status}"))
}

fn certificate(connection: &Connection, id: &str, directory: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error))?;
    let mut answer = post(connection, id, "certificate")?;
    for (field, file, mode) in
        [("key", "key.pem", 0o600), ("certificate", "certificate.pem", 0o644), ("authority", "authority.pem", 0o644)]
    {
        let text = answer.get(field).and_then(Value::as_str).unwrap_or_default();
        write(&directory.join(file), text, mode)?;
    }
    // The key goes into its file and nowhere else.
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("key");
    }
    connection
        .output()
        .show(&answer, |_| format!("{id} proves itself with certificate.pem and key.pem in {}", directory.display()))
}

/// Replaces a file whole, so that a server which reads it again never finds half of it.
fn write(file: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let new = file.with_extension("new");
    let write = || {
        let _ = std::fs::remove_file(&new);
        let mut written = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        written.write_all(text.as_bytes())?;
        std::fs::rename(&new, file)
    };
    write().map_err(|error| unwritable(file, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::data(format_args!("{}: {error}: name a folder that this user may write to", path.display()))
}
