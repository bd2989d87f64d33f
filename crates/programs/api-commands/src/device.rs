//! `sekisho device …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::{cell, one_line};
use super::wanted::Wanted;
use super::{Connection, Failure};

/// Devices: enrol, look, revoke.
#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// List them, with their compliance.
    #[command(after_help = "Example: sekisho device list --find laptop")]
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one: who it is, what it reported, which checks fail.
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
        #[arg(long, default_value = "personal", value_parser = ["corporate", "personal"])]
        ownership: String,
        /// The display name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Forget a device, so that it may enrol again under its name. Everything open from it is decided again.
    #[command(after_help = "Example: sekisho device remove laptop-7")]
    Remove {
        /// Which device.
        id: String,
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
            Self::List { wanted, connection } => {
                let mut client = connection.client()?;
                let rows = wanted.of(&mut client, "/devices", &[])?;
                let columns = [
                    ("DEVICE", "/device/id"),
                    ("OWNER", "/device/owner"),
                    ("OWNERSHIP", "/device/ownership"),
                    ("STATUS", "/device/status"),
                    ("COMPLIANT", "/compliant"),
                    ("FAILING", "/failing"),
                    ("REPORTED", "/reported_at@"),
                ];
                let empty = "no device that fits: make a token with `sekisho device token ID`";
                client.output().table(&rows, &columns, empty)
            }
            Self::Show { id, connection } => show(&id, &connection),
            Self::Token { id, owner, ownership, name, connection } => {
                let body = json!({ "id": id, "owner": owner, "ownership": ownership, "name": name });
                let answer = connection.client()?.post("/devices/tokens", &body)?;
                connection.output().show(&answer, |answer| {
                    let text = |field: &str| one_line(answer.get(field).and_then(Value::as_str).unwrap_or_default());
                    format!(
                        "On the device, within 24 hours, once:\n  sekisho agent enroll --server {} --pin {} --token {}",
                        text("server"),
                        text("pin"),
                        text("token")
                    )
                })
            }
            Self::Remove { id, connection } => {
                connection.client()?.delete(&format!("/devices/{}", path_segment(&id)))?;
                done(&connection, &id, "removed")
            }
            Self::Revoke { id, connection } => {
                connection.client()?.post(&format!("/devices/{}/revoke", path_segment(&id)), &Value::Null)?;
                done(&connection, &id, "revoked")
            }
        }
    }
}

fn done(connection: &Connection, id: &str, status: &str) -> Result<(), Failure> {
    connection.output().show(&json!({ "device": id, "status": status }), |_| format!("{id} is {status}"))
}

fn show(id: &str, connection: &Connection) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let found = client.get(&format!("/devices/{}", path_segment(id)));
    let found = found.map_err(|failure| failure.or_else_try("`sekisho device list` shows which there are"))?;
    let output = client.output();
    output.show(&found, |found| {
        let mut text = format!("device {id}\n");
        for field in ["name", "owner", "ownership", "platform", "managed", "status"] {
            text.push_str(&format!("  {field:<10} {}\n", cell(found.pointer(&format!("/device/{field}")))));
        }
        let (compliant, reported) = (cell(found.get("compliant")), output.times().of(found.get("reported_at")));
        text.push_str(&format!("  {:<10} {compliant}, reported {reported}\n", "compliant"));
        for failing in found.pointer("/posture/failing").and_then(Value::as_array).into_iter().flatten() {
            text.push_str(&format!(
                "  failing    {}: found {}\n",
                cell(failing.get("check")),
                cell(failing.get("found"))
            ));
        }
        text.push_str("facts\n");
        for (name, value) in found.pointer("/posture/facts").and_then(Value::as_object).into_iter().flatten() {
            let value: String = cell(Some(value)).chars().take(120).collect();
            text.push_str(&format!("  {:<28} {value}\n", one_line(name)));
        }
        text
    })
}
