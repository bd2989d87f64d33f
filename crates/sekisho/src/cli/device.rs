//! `sekisho device …`

use clap::Subcommand;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

use super::document::{self, path_segment};
use super::{Connection, Failure};

/// Devices: enrol, look, revoke.
#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// List them, with their compliance.
    #[command(after_help = "Example: sekisho device list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one, with its history.
    #[command(after_help = "Example: sekisho device show laptop-7")]
    Show {
        /// Which device.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a one-time token with which a device enrols.
    #[command(after_help = "Example: sekisho device token laptop-7 --owner alice --ownership corporate")]
    Token {
        /// The device's identifier.
        id: String,
        /// The person it is assigned to.
        #[arg(long)]
        owner: Option<String>,
        /// Whom it belongs to: `corporate` or `personal`.
        #[arg(long, default_value = "personal")]
        ownership: String,
        /// The display name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke a device: its certificate is refused and everything open from it is decided again.
    #[command(after_help = "Example: sekisho device revoke laptop-7")]
    Revoke {
        /// Which device.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Device {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let rows = connection.client().get("/v1/devices")?;
                let columns = [
                    ("DEVICE", "/device/id"),
                    ("OWNER", "/device/owner"),
                    ("OWNERSHIP", "/device/ownership"),
                    ("STATUS", "/device/status"),
                    ("COMPLIANT", "/compliant"),
                    ("FAILING", "/failing"),
                    ("REPORTED", "/reported_at@"),
                ];
                connection.output().table(&rows, &columns, "no device yet: make a token with `sekisho device token ID`")
            }
            Self::Show { id, connection } => document::show(&connection, Kind::Device, &id),
            Self::Token { id, owner, ownership, name, connection } => {
                let body = json!({ "id": id, "owner": owner, "ownership": ownership, "name": name });
                let answer = connection.client().post("/v1/devices/tokens", &body)?;
                connection.output().show(&answer, |answer| {
                    let text = |field: &str| answer.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
                    format!(
                        "On the device, within 24 hours, once:\n  sekisho agent enroll --server {} --pin {} --token {}",
                        text("server"),
                        text("pin"),
                        text("token")
                    )
                })
            }
            Self::Revoke { id, connection } => {
                let path = format!("/v1/devices/{}/revoke", path_segment(&id));
                let answer = connection.client().post(&path, &Value::Null)?;
                connection.output().show(&answer, |_| format!("{id} is revoked"))
            }
        }
    }
}
