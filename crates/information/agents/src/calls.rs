//! What was called: decisions about tools, from the ledger.

use sekisho_ledger::{EntryKind, Filter, Ledger};
use sekisho_model::{Outcome, Record, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// The most decisions that one search looks through.
const MOST_SEARCHED: usize = 200;
/// The most calls that are shown of one agent or one server.
const MOST_SHOWN: usize = 20;

/// The decision about one call of a tool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CallView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// The request's number.
    pub(crate) request: String,
    /// Who called: `workload:` and the agent, or a person.
    pub(crate) subject: String,
    /// The person for whom it called.
    pub(crate) acts_for: Option<String>,
    /// The server of tools.
    pub(crate) resource: String,
    /// The tool.
    pub(crate) tool: String,
    /// `permit`, `challenge` or `deny`.
    pub(crate) outcome: &'static str,
    /// Why it was not permitted, as stable codes.
    pub(crate) reasons: Vec<String>,
}

/// The newest calls of an agent.
pub(crate) async fn of_agent(ledger: &Ledger, agent: &str) -> Vec<CallView> {
    newest(ledger, Filter { subject: Some(format!("workload:{agent}")), ..Filter::default() }).await
}

/// The newest calls at a server of tools.
pub(crate) async fn at_server(ledger: &Ledger, server: &str) -> Vec<CallView> {
    newest(ledger, Filter { resource: Some(server.to_owned()), ..Filter::default() }).await
}

async fn newest(ledger: &Ledger, filter: Filter) -> Vec<CallView> {
    let found = ledger.search(MOST_SEARCHED, Filter { kind: Some(EntryKind::Decision), ..filter }).await;
    found.entries.into_iter().filter_map(|(_, record)| call(record)).take(MOST_SHOWN).collect()
}

fn call(record: Record) -> Option<CallView> {
    let Record::Decision(decision) = record else { return None };
    Some(CallView {
        at: decision.at,
        request: decision.request.to_string(),
        subject: decision.subject.unwrap_or_default(),
        acts_for: decision.acts_for,
        resource: decision.resource.unwrap_or_default(),
        tool: decision.tool?,
        outcome: match decision.outcome {
            Outcome::Permit => "permit",
            Outcome::Challenge => "challenge",
            Outcome::Deny => "deny",
        },
        reasons: decision.reasons,
    })
}
