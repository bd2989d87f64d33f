//! Devices: list with compliance, show, token, revoke, remove.

use axum::extract::{Path, Query};
use sekisho_control_plane::acts::table;
use sekisho_devices::NewDevice;
use sekisho_model::documents::{Kind, Ownership, Posture};
use sekisho_model::{DeviceId, Timestamp, UserId};
use sekisho_rest::{Access, Answer, Body, Page, Paging, Problem, documents, route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::refused::{act, identifier};
use crate::{Context, Routes};

/// A device with what it last reported.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceView {
    /// The device's document.
    #[schema(value_type = Object)]
    device: Value,
    /// Whether it passes every check; null before it reported.
    compliant: Option<bool>,
    /// The checks that it fails.
    failing: Vec<String>,
    /// When it last reported.
    #[schema(value_type = Option<String>, format = DateTime)]
    reported_at: Option<Timestamp>,
    /// What it last reported; in lists absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    posture: Option<Value>,
}

/// A device that is to be enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// Its identifier.
    #[schema(value_type = String)]
    id: DeviceId,
    /// The person whose it is; absent for one of nobody in particular.
    #[schema(value_type = Option<String>)]
    owner: Option<UserId>,
    /// `corporate` or `personal`.
    #[schema(value_type = String, pattern = "^(corporate|personal)$")]
    ownership: Ownership,
    /// The display name; the identifier by default.
    name: Option<String>,
}

/// A token that enrols a device once. It is a secret.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceToken {
    /// The device that it enrols.
    device: String,
    /// The token.
    token: String,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Where the agent enrols.
    server: String,
    /// The SHA-256 of the authority that the agent trusts.
    pin: String,
}

/// How a device stands after an act.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceStatus {
    /// The device.
    device: String,
    /// `revoked`.
    status: &'static str,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .add(Access::Act(table::DEVICES_READ), route!(list))
        .add(Access::Act(table::DEVICES_READ), route!(show))
        .add(Access::Act(table::DEVICE_TOKEN_MADE), route!(token))
        .add(Access::Act(table::DEVICE_REVOKED), route!(revoke))
        .add(Access::Act(table::DEVICE_REMOVED), route!(remove))
}

/// List devices.
#[utoipa::path(get, path = "/devices", tag = "devices", params(Paging), responses((status = 200, body = Page<DeviceView>)))]
async fn list(call: Context, Query(paging): Query<Paging>) -> Result<Answer<Page<DeviceView>>, Problem> {
    let page = documents(&call.services.control_plane.store, Kind::Device, &paging, |_| true).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for document in page.items {
        let posture = posture(&call, &document.id).await?;
        items.push(view(document.body, posture.as_ref()));
    }
    Ok(Answer::ok(Page { items, next: page.next }))
}

/// Show a device with what it last reported.
#[utoipa::path(get, path = "/devices/{device}", tag = "devices", params(("device" = String, Path, description = "The device")),
    responses((status = 200, body = DeviceView)))]
async fn show(call: Context, Path(device): Path<String>) -> Result<Answer<DeviceView>, Problem> {
    let device: DeviceId = device.parse().map_err(identifier)?;
    let document = call.services.control_plane.store.get(Kind::Device, device.as_str()).await?;
    let document = document.ok_or_else(|| Problem::not_found(format_args!("there is no device `{device}`")))?;
    let posture = posture(&call, device.as_str()).await?;
    let revision = document.revision;
    let view =
        DeviceView { posture: posture.as_ref().map(|posture| json!(posture)), ..view(document.body, posture.as_ref()) };
    Ok(Answer::ok(view).at_revision(revision))
}

/// Make a token that enrols a device once.
#[utoipa::path(post, path = "/devices/tokens", tag = "devices", request_body = TokenRequest, responses((status = 201, body = DeviceToken)))]
async fn token(call: Context, Body(request): Body<TokenRequest>) -> Result<Answer<DeviceToken>, Problem> {
    let device = NewDevice {
        name: request.name.unwrap_or_else(|| request.id.to_string()),
        id: request.id,
        owner: request.owner,
        managed: request.ownership == Ownership::Corporate,
        ownership: request.ownership,
        platform: "linux".to_owned(),
    };
    let control_plane = &call.services.control_plane;
    let token = control_plane.acts().by(call.actor()?, call.now).make_device_token(device).await.map_err(act)?;
    let view = DeviceToken {
        device: token.device.to_string(),
        token: token.token,
        expires_at: token.expires_at,
        server: control_plane.devices_origin.clone(),
        pin: control_plane.devices.authority().server_ca_pin(),
    };
    Ok(Answer::created(view).once())
}

/// Revoke a device: its certificate is refused everywhere from now on.
#[utoipa::path(post, path = "/devices/{device}/revoke", tag = "devices", params(("device" = String, Path, description = "The device")),
    responses((status = 200, body = DeviceStatus)))]
async fn revoke(call: Context, Path(device): Path<String>) -> Result<Answer<DeviceStatus>, Problem> {
    let device: DeviceId = device.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    acts.by(call.actor()?, call.now).revoke_device(&device).await.map_err(act)?;
    Ok(Answer::ok(DeviceStatus { device: device.to_string(), status: "revoked" }))
}

/// Forget a device, so that it may enrol again under its name.
#[utoipa::path(delete, path = "/devices/{device}", tag = "devices", params(("device" = String, Path, description = "The device")),
    responses((status = 204, description = "It is removed.")))]
async fn remove(call: Context, Path(device): Path<String>) -> Result<Answer<()>, Problem> {
    let device: DeviceId = device.parse().map_err(identifier)?;
    let acts = call.services.control_plane.acts();
    acts.by(call.actor()?, call.now).remove_device(&device).await.map_err(act)?;
    Ok(Answer::done())
}

async fn posture(call: &Context, device: &str) -> Result<Option<Posture>, Problem> {
    let document = call.services.control_plane.store.get(Kind::Posture, device).await?;
    document.map(|document| serde_json::from_value(document.body).map_err(Problem::failed)).transpose()
}

fn view(device: Value, posture: Option<&Posture>) -> DeviceView {
    let failing = posture.iter().flat_map(|posture| &posture.failing).map(|failing| failing.check.to_string());
    DeviceView {
        device,
        compliant: posture.map(Posture::is_compliant),
        failing: failing.collect(),
        reported_at: posture.map(|posture| posture.reported_at),
        posture: None,
    }
}
