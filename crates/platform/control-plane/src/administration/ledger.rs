//! The ledger's size and public key.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::ControlPlane;

pub(super) async fn status(State(control_plane): State<ControlPlane>) -> Json<Value> {
    Json(json!({
        "size": control_plane.ledger.size(),
        "public_key": control_plane.ledger.public_key().to_string(),
        "folder": control_plane.ledger_folder,
    }))
}
