//! Enforcement points that are not ours: their tokens and certificates, and whether they may ask.

use aws_lc_rs::rand;
use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_model::documents::{EnforcementPoint, EnforcementPointStatus, Kind};
use sekisho_model::{Actor, EnforcementPointId};
use sekisho_policy_enforcement::token_hash;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Problem};
use crate::{ControlPlane, Desired, now};

/// How many keys and how many tokens count at once: the new one, and the one before until everybody has the new.
const OVERLAP: usize = 2;

/// Makes a token. It is shown once.
pub(super) async fn token(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let point = find(&control_plane, &id).await?;
    let mut secret = [0; 32];
    rand::fill(&mut secret).map_err(|_| Problem::failed("the system gives no random bytes"))?;
    let token = URL_SAFE_NO_PAD.encode(secret);
    let mut tokens = point.tokens.clone();
    tokens.push(token_hash(&token));
    put(&control_plane, &point, json!({ "tokens": newest(tokens) }), actor).await?;
    Ok(Json(json!({ "enforcement_point": id, "token": token, "decisions": control_plane.decisions_origin })))
}

/// Makes a key with its certificate. The key is shown once.
pub(super) async fn certificate(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let point = find(&control_plane, &id).await?;
    let issued = control_plane.devices.issue_caller(&point.id, now()).map_err(Problem::failed)?;
    let mut keys: Vec<Value> = point.keys.iter().map(|key| json!(key)).collect();
    keys.push(Value::from(issued.key_sha256));
    put(&control_plane, &point, json!({ "keys": newest(keys) }), actor).await?;
    Ok(Json(json!({
        "enforcement_point": id, "certificate": issued.chain, "key": issued.key.as_str(),
        "expires_at": issued.not_after, "authority": control_plane.devices.authority().server_ca_pem(),
        "decisions": control_plane.decisions_origin,
    })))
}

/// Makes every key and token void.
pub(super) async fn revoke(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let point = find(&control_plane, &id).await?;
    put(&control_plane, &point, json!({ "keys": [], "tokens": [] }), actor).await?;
    Ok(Json(json!({ "enforcement_point": id, "keys": 0, "tokens": 0 })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    status: EnforcementPointStatus,
}

pub(super) async fn set_status(
    State(control_plane): State<ControlPlane>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Path(id): Path<String>,
    Json(Status { status }): Json<Status>,
) -> Result<Json<Value>, Problem> {
    let point = find(&control_plane, &id).await?;
    put(&control_plane, &point, json!({ "status": status }), actor).await?;
    Ok(Json(json!({ "enforcement_point": id, "status": status })))
}

async fn find(control_plane: &ControlPlane, id: &str) -> Result<EnforcementPoint, Problem> {
    let id: EnforcementPointId = id.parse().map_err(Problem::wrong)?;
    let document = control_plane.store.get(Kind::EnforcementPoint, id.as_str()).await?;
    let missing =
        || Problem::not_found(format_args!("there is no enforcement point `{id}`: write one and `sekisho apply` it"));
    serde_json::from_value(document.ok_or_else(missing)?.body).map_err(Problem::failed)
}

async fn put(
    control_plane: &ControlPlane,
    point: &EnforcementPoint,
    changed: Value,
    actor: Actor,
) -> Result<(), Problem> {
    let mut body = serde_json::to_value(point).map_err(Problem::failed)?;
    if let (Some(fields), Value::Object(changed)) = (body.as_object_mut(), changed) {
        fields.extend(changed);
    }
    let desired = Desired { kind: Kind::EnforcementPoint, id: point.id.to_string(), body, origin: "-".to_owned() };
    let plan = control_plane.plan(&[desired], false).await?;
    control_plane.execute(&plan, actor).await?;
    Ok(())
}

fn newest<T>(mut all: Vec<T>) -> Vec<T> {
    all.split_off(all.len().saturating_sub(OVERLAP))
}
