//! `sekisho governance …`

use clap::Subcommand;
use serde_json::Value;

use super::document::path_segment;
use super::{Connection, Failure};

/// How the installation stands against published frameworks.
#[derive(Debug, Subcommand)]
pub(super) enum Governance {
    /// List the items of the frameworks with how each stands.
    #[command(
        after_help = "Examples:\n  sekisho governance list --state not-met\n  sekisho governance list --framework ds-210 --json"
    )]
    List {
        /// Only of this framework.
        #[arg(long, value_parser = ["dod", "nist", "ds-210"])]
        framework: Option<String>,
        /// Only in this state.
        #[arg(long, value_parser = ["met", "partial", "not-met", "not-automatable"])]
        state: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one item with its evidence.
    #[command(after_help = "Example: sekisho governance show nist-4")]
    Show {
        /// The item, as `governance list` names it.
        item: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Print the whole assessment as a document of OSCAL, model "assessment results".
    #[command(after_help = "Example: sekisho governance oscal > assessment-results.json")]
    Oscal {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Governance {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { framework, state, connection } => {
                let mut client = connection.client()?;
                let asked = [("framework", framework), ("state", state)];
                let query: Vec<String> =
                    asked.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
                let path = if query.is_empty() {
                    "/governance".to_owned()
                } else {
                    format!("/governance?{}", query.join("&"))
                };
                let rows = client.list(&path)?;
                let columns = [("ITEM", "/id"), ("STATE", "/state"), ("LEVEL", "/level"), ("NAME", "/name")];
                client.output().table(&rows, &columns, "no item is in this state")
            }
            Self::Show { item, connection } => {
                let mut client = connection.client()?;
                let found = client.get(&format!("/governance/items/{}", path_segment(&item)))?;
                client.output().show(&found, text)
            }
            Self::Oscal { connection } => {
                let mut client = connection.client()?;
                let document = client.get("/governance/oscal")?;
                client.output().show(&document, |document| format!("{document:#}"))
            }
        }
    }
}

/// An item with its evidence, for people.
fn text(item: &Value) -> String {
    let field = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut lines = vec![format!("{} {}: {}", field(item, "number"), field(item, "name"), field(item, "state"))];
    for one in item.get("evidence").and_then(Value::as_array).into_iter().flatten() {
        lines.push(format!("  {}: {} of {}", field(one, "control"), field(one, "have"), field(one, "of")));
        let lacking = one.get("lacking").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        lines.extend(lacking.map(|name| format!("    lacking: {name}")));
    }
    if lines.len() == 1 {
        lines.push("  no measurement can tell: a person assesses this item".to_owned());
    }
    lines.join("\n")
}
