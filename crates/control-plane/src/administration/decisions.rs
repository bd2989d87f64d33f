//! Decisions: the latest, or one with its explanation.

use axum::Json;
use axum::extract::{Path, Query, State};
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::Outcome;
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
    let found = control_plane.ledger.find_decision(&request).await;
    let (index, decision) =
        found.ok_or_else(|| Problem::not_found(format_args!("the ledger has no decision for request `{request}`")))?;
    Ok(Json(json!({ "index": index, "decision": decision })))
}
