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
        rows.push(view(&document.body, posture(&control_plane, &document.id).await?.as_ref()));
    }
    Ok(Json(Value::Array(rows)))
}

pub(super) async fn show(
    State(control_plane): State<ControlPlane>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let document = control_plane.store.get(Kind::Device, &id).await?;
    let document = document.ok_or_else(|| Problem::not_found(format_args!("there is no device `{id}`")))?;
    let posture = posture(&control_plane, &id).await?;
    let mut view = view(&document.body, posture.as_ref());
    if let Some(fields) = view.as_object_mut() {
        fields.insert("posture".to_owned(), json!(posture));
    }
    Ok(Json(view))
}

async fn posture(control_plane: &ControlPlane, device: &str) -> Result<Option<Posture>, Problem> {
    let document = control_plane.store.get(Kind::Posture, device).await?;
    document.map(|document| serde_json::from_value(document.body).map_err(Problem::failed)).transpose()
}

fn view(device: &Value, posture: Option<&Posture>) -> Value {
    let failing: Vec<&str> =
        posture.iter().flat_map(|posture| &posture.failing).map(|failing| failing.check.as_str()).collect();
    json!({
        "device": device,
        "compliant": posture.map(Posture::is_compliant),
        "failing": failing,
        "reported_at": posture.map(|posture| posture.reported_at),
    })
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
    let device = NewDevice {
        name: request.name.unwrap_or_else(|| request.id.to_string()),
        id: request.id,
        owner: request.owner,
        managed: request.ownership == Ownership::Corporate,
        ownership: request.ownership,
        platform: "linux".to_owned(),
    };
    let token = control_plane.acts().by(actor, now()).make_device_token(device).await?;
    Ok(Json(json!({
        "device": token.device, "token": token.token, "expires_at": token.expires_at,
        "server": control_plane.devices_origin, "pin": control_plane.devices.authority().server_ca_pin(),
    })))
}

/// Forgets a device, so that it may enrol anew under its name.
pub(super) async fn remove(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let device: DeviceId = id.parse().map_err(Problem::wrong)?;
    control_plane.acts().by(actor, now()).remove_device(&device).await?;
    Ok(Json(json!({ "device": id, "status": "removed" })))
}

pub(super) async fn revoke(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let device: DeviceId = id.parse().map_err(Problem::wrong)?;
    control_plane.acts().by(actor, now()).revoke_device(&device).await?;
    Ok(Json(json!({ "device": device, "status": "revoked" })))
}
