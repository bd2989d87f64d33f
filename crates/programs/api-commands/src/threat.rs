//! `sekisho threat …`

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::document::path_segment;
use super::output::one_line;
use super::{Connection, Failure};

/// Threat feeds, and what they say of an address.
#[derive(Debug, Subcommand)]
pub(super) enum Threat {
    /// List the feeds: how many networks each makes a threat, when it was read, and why a reading came to nothing.
    #[command(after_help = "Example: sekisho threat list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what is known of an address: its score, and which feed says so and why.
    #[command(after_help = "Example: sekisho threat show 192.0.2.7")]
    Show {
        /// The IPv4 or IPv6 address.
        address: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Read a feed now, before its time.
    #[command(after_help = "Example: sekisho threat read ipsum")]
    Read {
        /// Which feed.
        feed: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Set the user name and password that a feed asks for. They are sent only to the server that the feed is read from now.
    #[command(
        after_help = "Example: sekisho threat credentials cti --username sekisho --password-file /run/secrets/cti\n\nThe first line of the file is the password."
    )]
    Credentials {
        /// Which feed.
        feed: String,
        /// The user name.
        #[arg(long)]
        username: String,
        /// The file whose first line is the password.
        #[arg(long)]
        password_file: PathBuf,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Threat {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let (rows, output) = (client.list("/threats")?, client.output());
                let columns = [
                    ("FEED", "/feed"),
                    ("NETWORKS", "/networks"),
                    ("SKIPPED", "/skipped"),
                    ("READ", "/read_at@"),
                    ("NEXT", "/next_at@"),
                    ("PROBLEM", "/problem"),
                ];
                output.table(&rows, &columns, "no threat feed is read")
            }
            Self::Show { address, connection } => {
                let found = connection.client()?.get(&format!("/threats/addresses/{}", path_segment(&address)))?;
                connection.output().show(&found, shown)
            }
            Self::Read { feed, connection } => {
                let path = format!("/threats/feeds/{}/read", path_segment(&feed));
                let answer = connection.client()?.post(&path, &Value::Null)?;
                connection.output().show(&answer, |_| format!("{feed} is read now: sekisho threat list"))
            }
            Self::Credentials { feed, username, password_file, connection } => {
                let text = std::fs::read_to_string(&password_file)
                    .map_err(|error| Failure::data(format_args!("{}: {error}", password_file.display())))?;
                let body = json!({ "username": username, "password": text.lines().next().unwrap_or_default() });
                let path = format!("/threats/feeds/{}/credentials", path_segment(&feed));
                let answer = connection.client()?.post(&path, &body)?;
                connection.output().show(&answer, |_| format!("{feed} is asked with these credentials"))
            }
        }
    }
}

/// The score of an address, and a line for each feed that names it.
fn shown(found: &Value) -> String {
    let text = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) => one_line(text),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut lines = vec![format!("{}: threat {} of 100", text(found, "address"), text(found, "threat"))];
    for said in found.get("feeds").and_then(Value::as_array).into_iter().flatten() {
        let [feed, network, score, why] = ["feed", "network", "score", "why"].map(|name| text(said, name));
        lines.push(format!("  {feed}: {network} {score} {why}").trim_end().to_owned());
    }
    lines.join("\n")
}
