//! The policies in force, as the newest World has them.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::ControlPlane;

pub(super) async fn list(State(control_plane): State<ControlPlane>) -> Json<Value> {
    let world = control_plane.world();
    let rows = world.policies().iter().map(|policy| {
        json!({
            "id": policy.id, "file": policy.file, "line": policy.line, "effect": policy.effect.name(),
            "mode": if policy.report_only { "report-only" } else { "enforced" },
            "reason": policy.reason.as_ref().map(|reason| reason.en.clone()),
            "obligations": policy.obligations, "text": policy.text,
        })
    });
    Json(Value::Array(rows.collect()))
}
