//! `sekisho token …`

use clap::{ArgGroup, Subcommand};
use sekisho_control_plane::now;
use sekisho_model::{Span, Timestamp};
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::time;
use super::{Connection, Failure};

/// The length of a day in seconds.
const DAY: i64 = 24 * 60 * 60;

/// API tokens: make, look, revoke.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token that may do what its roles may do. It is shown once.
    #[command(
        after_help = "Examples:\n  sekisho token make ci-backup --role auditors --part platform-ledger --read-only --days 90\n  sekisho token make enrolment --role device-managers --until 2026-12-31T18:00:00+09:00 --owner alice",
        group(ArgGroup::new("end").required(true).args(["days", "until"]))
    )]
    Make {
        /// What to call it.
        id: String,
        /// A role that it has, the name of a group; more than once for several.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// A part of the platform to which it is limited; more than once for several. Without one, all that its roles reach.
        #[arg(long = "part", value_name = "PART")]
        parts: Vec<String>,
        /// It may look, and change nothing.
        #[arg(long)]
        read_only: bool,
        /// The number of days after which it ends, at most 366.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: Option<u16>,
        /// It ends then: date, time and offset, such as `2026-12-31T18:00:00+09:00`.
        #[arg(long)]
        until: Option<Timestamp>,
        /// The person in whose name it acts, and whom it never goes beyond; you by default.
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List them; no token itself is shown.
    #[command(after_help = "Example: sekisho token list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke one: it permits nothing from now on.
    #[command(after_help = "Example: sekisho token revoke ci-backup")]
    Revoke {
        /// Which token.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Token {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Make { id, roles, parts, read_only, days, until, owner, connection } => {
                let end = until.or_else(|| days.map(|days| now().plus(Span::from_seconds(i64::from(days) * DAY))));
                let mut wanted = json!({
                    "id": id, "roles": roles, "parts": parts, "read_only": read_only, "expires_at": end,
                });
                if let (Some(owner), Some(fields)) = (owner, wanted.as_object_mut()) {
                    fields.insert("owner".to_owned(), Value::from(owner));
                }
                make(&connection, &id, &wanted)
            }
            Self::List { connection } => {
                let rows = connection.client()?.list("/tokens")?;
                let columns = [
                    ("TOKEN", "/id"),
                    ("OWNER", "/owner"),
                    ("ROLES", "/roles"),
                    ("PARTS", "/parts"),
                    ("READ ONLY", "/read_only"),
                    ("UNTIL", "/expires_at@"),
                    ("USED", "/used_at@"),
                    ("FROM", "/used_from"),
                    ("REFUSED", "/refused"),
                ];
                connection.output().table(&rows, &columns, "no token yet: make one with `sekisho token make ID`")
            }
            Self::Revoke { id, connection } => {
                let path = format!("/tokens/{}/revoke", path_segment(&id));
                let answer = connection.client()?.post(&path, &Value::Null)?;
                connection.output().show(&answer, |_| format!("{id} is revoked"))
            }
        }
    }
}

fn make(connection: &Connection, id: &str, wanted: &Value) -> Result<(), Failure> {
    let answer = connection.client()?.post("/tokens", wanted)?;
    connection.output().show(&answer, |answer| {
        let token = answer.get("token").and_then(Value::as_str).unwrap_or_default();
        let until = time(answer.get("expires_at").or_else(|| wanted.get("expires_at")));
        format!("Keep the token of {id}; it is not shown again, and ends at {until}:\n  {token}")
    })
}
