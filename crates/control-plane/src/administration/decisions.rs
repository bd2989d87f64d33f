//! Decisions: the latest, or one with its explanation.

use axum::Json;
use axum::extract::{Path, Query, State};
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::{Outcome, Record};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Problem;
use crate::ControlPlane;

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
        return Ok(Json(json!({ "index": index, "decision": decision })));
    }
    let refused = control_plane.ledger.recent(MOST_REFUSED, refusals()).await;
    let covering = refused.into_iter().find(|(_, record)| covers(record, &request));
    let (index, record) = covering
        .ok_or_else(|| Problem::not_found(format_args!("the ledger has no decision for request `{request}`")))?;
    Ok(Json(json!({ "index": index, "refused": record })))
}

/// What was refused before there was a decision, added up by second, kind and address.
pub(super) async fn refused(State(control_plane): State<ControlPlane>) -> Json<Value> {
    let found = control_plane.ledger.recent(MOST_REFUSED, refusals()).await;
    let rows = found.iter().map(|(index, record)| json!({ "index": index, "act": record }));
    Json(Value::Array(rows.collect()))
}

/// So many sums are looked through for a request's number.
const MOST_REFUSED: usize = 2_000;

fn refusals() -> Filter {
    Filter { kind: Some(EntryKind::Act), act: Some("requests-refused".to_owned()), ..Filter::default() }
}

/// Whether a sum covers a request: identifiers sort by time, so it lies between the first and the last of them.
fn covers(record: &Record, request: &str) -> bool {
    let Record::Act(act) = record else { return false };
    let at = |field: &str| act.detail.get(field).and_then(Value::as_str).unwrap_or_default();
    at("first") <= request && request <= at("last")
}
