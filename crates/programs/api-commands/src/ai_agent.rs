//! `sekisho ai-agent …`

use clap::Subcommand;
use serde_json::Value;

use super::document::path_segment;
use super::output::one_line;
use super::{Connection, Failure};

/// AI agents: how they stand, and what they called.
#[derive(Debug, Subcommand)]
pub(super) enum AiAgent {
    /// List the agents, for whom each acts, and how it stands.
    #[command(after_help = "Example: sekisho ai-agent list")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show an agent and its newest calls.
    #[command(
        after_help = "Example: sekisho ai-agent show assistant\n\nAn agent is a workload: `sekisho workload token` gives it a token, `sekisho workload disable` cuts it off."
    )]
    Show {
        /// Which agent.
        agent: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl AiAgent {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { connection } => {
                let mut client = connection.client()?;
                let (rows, output) = (client.list("/ai-agents")?, client.output());
                let columns = [
                    ("AGENT", "/id"),
                    ("ACTS FOR", "/acts_for"),
                    ("STATE", "/state"),
                    ("CALLS PER HOUR", "/calls_per_hour"),
                    ("OWNER", "/owner"),
                ];
                output.table(&rows, &columns, "no agent: apply a `[[workload]]` document with `acts_for`")
            }
            Self::Show { agent, connection } => {
                let found = connection.client()?.get(&format!("/ai-agents/{}", path_segment(&agent)))?;
                connection.output().show(&found, shown)
            }
        }
    }
}

/// An agent, and a line for each of its newest calls.
fn shown(found: &Value) -> String {
    let budget = found.get("calls_per_hour").and_then(Value::as_u64);
    let budget = budget.map_or_else(|| "calls without limit".to_owned(), |most| format!("{most} calls per hour"));
    let mut lines = vec![format!(
        "{}: {}, acts for {}, owner {}, {budget}",
        text(found, "id"),
        text(found, "state"),
        text(found, "acts_for"),
        text(found, "owner")
    )];
    for call in found.get("calls").and_then(Value::as_array).into_iter().flatten() {
        let [at, outcome, tool] = ["at", "outcome", "tool"].map(|name| text(call, name));
        lines.push(format!("  {at} {outcome} {tool} of {} ({})", text(call, "resource"), text(call, "request")));
    }
    lines.join("\n")
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).map(one_line).unwrap_or_default()
}
