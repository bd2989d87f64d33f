//! `sekisho behaviour …`

use clap::Subcommand;
use serde_json::Value;

use super::document::path_segment;
use super::output::one_line;
use super::{Connection, Failure};

/// What is usual for people, and what was not.
#[derive(Debug, Subcommand)]
pub(super) enum Behaviour {
    /// List the people: whether there is enough history, how many sign-ins it has, and from which countries they came.
    #[command(after_help = "Examples:\n  sekisho behaviour list\n  sekisho event list --reason new-country")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what is usual for a person, and what was unusual: what was usual, and what was seen.
    #[command(after_help = "Example: sekisho behaviour show alice")]
    Show {
        /// The person.
        user: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the files of places, which give the country of an address.
    #[command(
        after_help = "Example: sekisho behaviour files\n\nMMDB files whose names end with .mmdb, in the folder `places` of the data folder."
    )]
    Files {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Behaviour {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let rows = client.list("/behaviour/people")?;
                let columns = [
                    ("PERSON", "/user"),
                    ("HISTORY", "/history"),
                    ("SIGN-INS", "/sign_ins"),
                    ("HOURS", "/hours"),
                    ("LAST", "/last_sign_in@"),
                ];
                client.output().table(&rows, &columns, "nobody signed in yet")
            }
            Self::Show { user, connection } => {
                let found = connection.client()?.get(&format!("/behaviour/people/{}", path_segment(&user)))?;
                connection.output().show(&found, shown)
            }
            Self::Files { connection } => {
                let mut client = connection.client()?;
                let rows = client.list("/behaviour/files")?;
                let columns = [("FILE", "/name"), ("KIND", "/kind"), ("MADE", "/made_at@"), ("PROBLEM", "/problem")];
                client.output().table(&rows, &columns, "there is no file of places")
            }
        }
    }
}

/// What is usual, and a line for each unusual thing.
fn shown(found: &Value) -> String {
    let text = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) => one_line(text),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let rows = |name: &str| found.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let values = |name: &str| rows(name).iter().map(|row| text(row, "value")).collect::<Vec<_>>().join(", ");
    let [user, history, sign_ins, needed, hours] =
        ["user", "history", "sign_ins", "needed", "hours"].map(|name| text(found, name));
    let history = match history.as_str() {
        "enough" => format!("{sign_ins} sign-ins"),
        _ => format!("not enough history: {sign_ins} of {needed} sign-ins"),
    };
    let mut lines = vec![format!("{user}: {history}")];
    lines.push(format!("  usual countries: {}", values("countries")));
    lines.push(format!("  usual networks:  {}", values("networks")));
    lines.push(format!("  usual hours:     {hours}"));
    for open in rows("open") {
        let [name, weight, usual, seen] = ["name", "weight", "usual", "seen"].map(|name| text(&open, name));
        lines.push(format!("  {name} (+{weight}): usual {usual}; seen {seen}"));
    }
    lines.join("\n")
}
