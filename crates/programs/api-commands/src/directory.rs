//! `sekisho directory …`

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Connection, Failure};

/// Accounts and groups that an identity provider supplies by SCIM.
#[derive(Debug, Subcommand)]
pub(super) enum Directory {
    /// What it supplies, where accounts differ from it, and its last requests.
    #[command(
        after_help = "Examples:\n  sekisho directory show\n  sekisho directory show -o json | jq '.requests[] | select(.problem)'"
    )]
    Show {
        #[command(flatten)]
        connection: Connection,
    },
    /// Hand an account or group over to the identity provider: it finds and changes it from then on.
    #[command(after_help = "Example: sekisho directory hand-over group finance")]
    HandOver {
        /// An account or a group.
        kind: Owned,
        /// Which.
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take an account or group back: it stays as it is, and the identity provider no longer finds it.
    #[command(after_help = "Example: sekisho directory release user alice")]
    Release {
        /// An account or a group.
        kind: Owned,
        /// Which.
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
}

/// What belongs to an identity provider.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Owned {
    User,
    Group,
}

impl Directory {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Show { connection } => show(&connection),
            Self::HandOver { kind, name, connection } => owned(&connection, "hand-over", kind, &name),
            Self::Release { kind, name, connection } => owned(&connection, "release", kind, &name),
        }
    }
}

fn show(connection: &Connection) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let answer = client.get("/directory")?;
    let output = client.output();
    if output.is_for_programs() {
        return output.show(&answer, |_| String::new());
    }
    let of = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let entries = Value::Array([of("users"), of("groups")].concat());
    let columns = [
        ("KIND", "/kind"),
        ("NAME", "/name"),
        ("DIFFERENCE", "/difference"),
        ("EXTERNAL", "/external_id"),
        ("SUPPLIED AT", "/changed_at@"),
        ("BY", "/source"),
    ];
    output.table(&entries, &columns, "nothing is supplied")?;
    let columns =
        [("AT", "/at@"), ("METHOD", "/method"), ("PATH", "/path"), ("STATUS", "/status"), ("PROBLEM", "/problem")];
    output.table(&Value::Array(of("requests")), &columns, "no request came since the process started")
}

fn owned(connection: &Connection, act: &str, kind: Owned, name: &str) -> Result<(), Failure> {
    let kind = match kind {
        Owned::User => "user",
        Owned::Group => "group",
    };
    let answer = connection.client()?.post(&format!("/directory/{act}"), &json!({ "kind": kind, "name": name }))?;
    connection.output().show(&answer, |answer| {
        let owner = answer.get("owner").and_then(Value::as_str).unwrap_or_default();
        format!("the {kind} {name} belongs to: {owner}")
    })
}
