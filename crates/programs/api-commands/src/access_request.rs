//! `sekisho access-request …`

use clap::Subcommand;
use serde_json::{Value, json};

use super::document::path_segment;
use super::wanted::narrowed_path;
use super::{Connection, Failure};

/// Requests for access: ask, answer, look.
#[derive(Debug, Subcommand)]
pub(super) enum AccessRequest {
    /// List requests, the newest first.
    #[command(
        after_help = "Examples: sekisho access-request list --state open\n          sekisho access-request list --own"
    )]
    List {
        /// Only your own.
        #[arg(long)]
        own: bool,
        /// Only those in this state.
        #[arg(long, value_parser = ["open", "live", "ended", "refused", "withdrawn", "lapsed"])]
        state: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Request access to a resource for a time. The time starts when somebody approves it.
    #[command(after_help = "Example: sekisho access-request ask build-server --for 1h --reason \"release 2.4\"")]
    Ask {
        /// The resource.
        resource: String,
        /// For how long: 30m, 1h, at most 24h.
        #[arg(long = "for", value_name = "DURATION", value_parser = seconds)]
        duration: u32,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Approve a request of somebody else: its time starts now. A policy must permit you to `approve` on the resource.
    #[command(after_help = "Example: sekisho access-request approve request-4f1d0c6a9b8e2f37")]
    Approve {
        /// Which request.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Refuse a request of somebody else, and say why.
    #[command(
        after_help = "Example: sekisho access-request refuse request-4f1d0c6a9b8e2f37 --why \"use the staging server\""
    )]
    Refuse {
        /// Which request.
        id: String,
        /// Why, for the person who asked.
        #[arg(long)]
        why: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Withdraw a request of your own. Access that it gave ends at once.
    #[command(after_help = "Example: sekisho access-request withdraw request-4f1d0c6a9b8e2f37")]
    Withdraw {
        /// Which request.
        id: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl AccessRequest {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { own, state, connection } => {
                let path = if own { "/me/access-requests" } else { "/access-requests" };
                let mut client = connection.client()?;
                let rows = client.list_first(&narrowed_path(path, [("state", state.as_deref())]), usize::MAX)?;
                let columns = [
                    ("REQUEST", "/id"),
                    ("USER", "/user"),
                    ("RESOURCE", "/resource"),
                    ("STATE", "/state"),
                    ("UNTIL", "/until@"),
                    ("BY", "/by"),
                    ("REASON", "/reason"),
                ];
                client.output().table(&rows, &columns, "no request that fits")
            }
            Self::Ask { resource, duration, reason, connection } => {
                let body = json!({ "resource": resource, "seconds": duration, "reason": reason });
                post(&connection, "/access-requests", &body)
            }
            Self::Approve { id, connection } => post(&connection, &act(&id, "approve"), &Value::Null),
            Self::Refuse { id, why, connection } => post(&connection, &act(&id, "refuse"), &json!({ "why": why })),
            Self::Withdraw { id, connection } => post(&connection, &act(&id, "withdraw"), &Value::Null),
        }
    }
}

fn act(id: &str, act: &str) -> String {
    format!("/access-requests/{}/{act}", path_segment(id))
}

fn post(connection: &Connection, path: &str, body: &Value) -> Result<(), Failure> {
    let answer = connection.client()?.post(path, body)?;
    connection.output().show(&answer, |answer| {
        let text = |field: &str| answer.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let until = if text("until").is_empty() { String::new() } else { format!(" until {}", text("until")) };
        format!("{} {}{until}: {} to {}", text("id"), text("state"), text("user"), text("resource"))
    })
}

/// Reads a duration such as `90s`, `30m` or `8h`.
fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || "write a duration such as 90s, 30m or 8h, at most 24h".to_owned();
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        _ => return Err(wrong()),
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|digits| digits.parse::<u32>().ok());
    number.and_then(|number| number.checked_mul(unit)).filter(|all| (1..=86_400).contains(all)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_duration_has_a_unit_and_at_most_a_day() {
        assert_eq!([seconds("90s"), seconds("30m"), seconds("24h")], [Ok(90), Ok(1800), Ok(86_400)]);
        for wrong in ["", "h", "30", "0m", "25h", "-1h", "1d", "1１h", "4294967295h"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
