//! The policies in force, as the newest World has them.

use axum::Json;
use axum::extract::State;
use sekisho_policy_language::Effect;
use serde_json::{Value, json};

use crate::ControlPlane;

pub(super) async fn list(State(control_plane): State<ControlPlane>) -> Json<Value> {
    let world = control_plane.world();
    let rows = world.policies().metas().iter().map(|policy| {
        json!({
            "id": policy.id, "file": policy.file, "line": policy.line, "effect": effect(policy.effect),
            "mode": if policy.report_only { "report-only" } else { "enforced" },
            "reason": policy.reason.as_ref().map(|reason| reason.en.clone()),
            "obligations": policy.obligations, "text": policy.text,
        })
    });
    Json(Value::Array(rows.collect()))
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permit",
        Effect::Forbid => "forbid",
    }
}
