//! Decisions: the latest, or one with its explanation.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::{Outcome, RequestId, Text};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Problem;
use crate::ControlPlane;

/// The most ends of one request that are told. There is one, as a rule.
const MOST_ENDS: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default = "fifty")]
    limit: usize,
    subject: Option<String>,
    outcome: Option<Outcome>,
}

const fn fifty() -> usize {
    50
}

pub(super) async fn list(State(control_plane): State<ControlPlane>, Query(wanted): Query<Wanted>) -> Json<Value> {
    let kind = Some(EntryKind::Decision);
    let filter = Filter { kind, subject: wanted.subject, outcome: wanted.outcome, ..Filter::default() };
    let found = control_plane.ledger.recent(wanted.limit.min(500), filter).await;
    let rows = found.iter().map(|(index, record)| json!({ "index": index, "decision": record }));
    Json(Value::Array(rows.collect()))
}

pub(super) async fn show(
    State(control_plane): State<ControlPlane>,
    Path(request): Path<String>,
) -> Result<Json<Value>, Problem> {
    if let Some((index, decision)) = control_plane.ledger.find_decision(&request).await {
        let texts = policy_texts(&control_plane, decision.reasons.iter().map(String::as_str));
        let ended = ended(&control_plane, &decision.request).await;
        return Ok(Json(json!({ "index": index, "decision": decision, "policy_texts": texts, "ended": ended })));
    }
    let (index, record) = control_plane.ledger.find_refused(&request).await.ok_or_else(|| {
        Problem::not_found(format_args!(
            "the ledger has no decision for request `{request}`; what was refused without a decision is recorded a second later, \
             pages of the portal itself need none, and a request that an earlier decision covers has the number of that decision in \
             its line of the access log"
        ))
    })?;
    Ok(Json(json!({ "index": index, "refused": record })))
}

/// The ends of what the request had opened, newest first.
async fn ended(control_plane: &ControlPlane, request: &RequestId) -> Vec<Value> {
    let filter = Filter { kind: Some(EntryKind::StreamEnd), request: Some(request.clone()), ..Filter::default() };
    let found = control_plane.ledger.recent(MOST_ENDS, filter).await;
    found.iter().map(|(index, record)| json!({ "index": index, "end": record })).collect()
}

/// What the policies in force say of themselves, for those of these codes that are policies.
fn policy_texts<'a>(control_plane: &ControlPlane, codes: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, Text> {
    let world = control_plane.world();
    let text = |code: &str| world.policies().meta(&code.parse().ok()?)?.reason.clone();
    codes.filter_map(|code| Some((code, text(code)?))).collect()
}

/// What was refused before there was a decision, added up by second, kind and address.
pub(super) async fn refused(State(control_plane): State<ControlPlane>) -> Json<Value> {
    let found = control_plane.ledger.refused().await;
    let rows = found.iter().map(|(index, record)| json!({ "index": index, "act": record }));
    Json(Value::Array(rows.collect()))
}
