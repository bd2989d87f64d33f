//! Devices: list with compliance, token, revoke.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use sekisho_devices::NewDevice;
use sekisho_model::documents::{Kind, Ownership, Posture};
use sekisho_model::{DeviceId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ControlPlane, now};

pub(super) async fn list(State(control_plane): State<ControlPlane>) -> Result<Json<Value>, Problem> {
    let mut rows = Vec::new();
    for document in control_plane.store.list_all(Kind::Device).await? {
        let posture = control_plane.store.get(Kind::Posture, &document.id).await?;
        let posture: Option<Posture> = posture.and_then(|posture| serde_json::from_value(posture.body).ok());
        let failing: Vec<&str> = posture.iter().flat_map(|p| &p.failing).map(|failing| failing.check.as_str()).collect();
        rows.push(json!({
            "device": document.body,
            "compliant": posture.as_ref().map(Posture::is_compliant),
            "failing": failing,
            "reported_at": posture.as_ref().map(|posture| posture.reported_at),
        }));
    }
    Ok(Json(Value::Array(rows)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    id: DeviceId,
    owner: Option<UserId>,
    ownership: Ownership,
    name: Option<String>,
}

pub(super) async fn token(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Json(request): Json<TokenRequest>,
) -> Result<Json<Value>, Problem> {
    if let Some(owner) = &request.owner {
        let known = control_plane.store.get(Kind::User, owner.as_str()).await?;
        known.ok_or_else(|| Problem::not_found(format_args!("there is no user `{owner}` to own the device")))?;
    }
    let device = NewDevice {
        name: request.name.unwrap_or_else(|| request.id.to_string()),
        id: request.id,
        owner: request.owner,
        managed: request.ownership == Ownership::Corporate,
        ownership: request.ownership,
        platform: "linux".to_owned(),
    };
    let token = control_plane.devices.create_token(device, actor, now()).await.map_err(Problem::wrong)?;
    Ok(Json(json!({
        "device": token.device, "token": token.token, "expires_at": token.expires_at,
        "server": control_plane.devices_origin, "pin": control_plane.devices.authority().server_ca_pin(),
    })))
}

pub(super) async fn revoke(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let device: DeviceId = id.parse().map_err(Problem::wrong)?;
    control_plane.devices.revoke(&device, actor, now()).await.map_err(Problem::wrong)?;
    Ok(Json(json!({ "device": device, "status": "revoked" })))
}
