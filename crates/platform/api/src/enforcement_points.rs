//! Enforcement points that are not ours: their tokens and certificates, and whether they may ask.

use axum::extract::Path;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::EnforcementPointStatus;
use sekisho_model::{EnforcementPointId, Timestamp};
use sekisho_rest::{Access, Answer, Problem, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::refused::{identifier, point as refused};
use crate::{Context, Routes};

/// A token, shown once.
#[derive(Debug, Serialize, ToSchema)]
struct PointToken {
    /// Whose it is.
    enforcement_point: String,
    /// The token.
    token: String,
    /// Where it asks.
    decisions: String,
}

/// A key with its certificate, shown once.
#[derive(Debug, Serialize, ToSchema)]
struct PointCertificate {
    /// Whose it is.
    enforcement_point: String,
    /// The certificates in PEM.
    certificate: String,
    /// The private key in PEM.
    key: String,
    /// When the certificate ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The authority of the decision point's certificate, in PEM.
    authority: String,
    /// Where it asks.
    decisions: String,
}

/// How an enforcement point stands after an act.
#[derive(Debug, Serialize, ToSchema)]
struct PointStatus {
    /// Which.
    enforcement_point: String,
    /// `active`, `disabled` or `revoked`.
    status: &'static str,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    let change = Access::Act(table::ENFORCEMENT_POINT_CHANGED);
    routes
        .add(change, route!(token))
        .add(change, route!(certificate))
        .add(change, route!(revoke))
        .add(change, route!(disable))
        .add(change, route!(enable))
}

/// Make a token. The one before it goes on counting.
#[utoipa::path(post, path = "/enforcement-points/{point}/token", tag = "enforcement points",
    params(("point" = String, Path, description = "The enforcement point")), responses((status = 201, body = PointToken)))]
async fn token(call: Context, Path(point): Path<String>) -> Result<Answer<PointToken>, Problem> {
    let point: EnforcementPointId = point.parse().map_err(identifier)?;
    let control_plane = &call.services.control_plane;
    let token = control_plane.make_point_token(&point, call.actor()?).await.map_err(refused)?;
    let decisions = control_plane.decisions_origin.clone();
    Ok(Answer::created(PointToken { enforcement_point: point.to_string(), token, decisions }).once())
}

/// Make a key with its certificate. The one before it goes on counting.
#[utoipa::path(post, path = "/enforcement-points/{point}/certificate", tag = "enforcement points",
    params(("point" = String, Path, description = "The enforcement point")), responses((status = 201, body = PointCertificate)))]
async fn certificate(call: Context, Path(point): Path<String>) -> Result<Answer<PointCertificate>, Problem> {
    let point: EnforcementPointId = point.parse().map_err(identifier)?;
    let control_plane = &call.services.control_plane;
    let issued = control_plane.make_point_certificate(&point, call.actor()?).await.map_err(refused)?;
    let view = PointCertificate {
        enforcement_point: point.to_string(),
        certificate: issued.chain,
        key: issued.key.as_str().to_owned(),
        expires_at: issued.not_after,
        authority: control_plane.devices.authority().server_ca_pem(),
        decisions: control_plane.decisions_origin.clone(),
    };
    Ok(Answer::created(view).once())
}

/// Make every key and token void.
#[utoipa::path(post, path = "/enforcement-points/{point}/revoke", tag = "enforcement points",
    params(("point" = String, Path, description = "The enforcement point")), responses((status = 200, body = PointStatus)))]
async fn revoke(call: Context, Path(point): Path<String>) -> Result<Answer<PointStatus>, Problem> {
    let point: EnforcementPointId = point.parse().map_err(identifier)?;
    call.services.control_plane.revoke_point(&point, call.actor()?).await.map_err(refused)?;
    Ok(Answer::ok(PointStatus { enforcement_point: point.to_string(), status: "revoked" }))
}

/// Answer no more of its questions, until it is enabled.
#[utoipa::path(post, path = "/enforcement-points/{point}/disable", tag = "enforcement points",
    params(("point" = String, Path, description = "The enforcement point")), responses((status = 200, body = PointStatus)))]
async fn disable(call: Context, Path(point): Path<String>) -> Result<Answer<PointStatus>, Problem> {
    set_status(&call, &point, EnforcementPointStatus::Disabled, "disabled").await
}

/// Answer its questions again.
#[utoipa::path(post, path = "/enforcement-points/{point}/enable", tag = "enforcement points",
    params(("point" = String, Path, description = "The enforcement point")), responses((status = 200, body = PointStatus)))]
async fn enable(call: Context, Path(point): Path<String>) -> Result<Answer<PointStatus>, Problem> {
    set_status(&call, &point, EnforcementPointStatus::Active, "active").await
}

async fn set_status(
    call: &Context,
    point: &str,
    status: EnforcementPointStatus,
    name: &'static str,
) -> Result<Answer<PointStatus>, Problem> {
    let point: EnforcementPointId = point.parse().map_err(identifier)?;
    call.services.control_plane.set_point_status(&point, status, call.actor()?).await.map_err(refused)?;
    Ok(Answer::ok(PointStatus { enforcement_point: point.to_string(), status: name }))
}
