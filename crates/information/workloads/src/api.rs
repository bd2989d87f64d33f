//! The routes of the REST API: workloads and their credentials, and the token endpoint.

use axum::extract::Path;
use axum::routing::post;
use sekisho_model::{SessionId, Span, Timestamp, WorkloadId};
use sekisho_policy_information::{CredentialOrigin, WorkloadCredential};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::acts::{
    WORKLOAD_CERTIFICATE_ISSUED, WORKLOAD_CREDENTIAL_REVOKED, WORKLOAD_DISABLED, WORKLOAD_ENABLED,
    WORKLOAD_TOKEN_ISSUED, WORKLOADS_READ,
};
use crate::exchange::exchange;
use crate::issuing::Obtained;
use crate::refusal::Refusal;
use crate::views::{CredentialView, WorkloadView, credentials};
use crate::{Workloads, oauth};

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<Workloads>>() -> Api<S> {
    Api {
        name: "workloads",
        routes: |state| {
            // The token in the form proves who asks.
            let endpoint = Routes::new().standard(Access::Anyone, "POST", "/oauth/token", post(exchange));
            Routes::new()
                .add(Access::Act(WORKLOADS_READ), route!(list))
                .add(Access::Act(WORKLOADS_READ), route!(show))
                .add(Access::Act(WORKLOAD_TOKEN_ISSUED), route!(issue_token))
                .add(Access::Act(WORKLOAD_CERTIFICATE_ISSUED), route!(issue_certificate))
                .add(Access::Act(WORKLOAD_CREDENTIAL_REVOKED), route!(revoke))
                .add(Access::Act(WORKLOAD_DISABLED), route!(disable))
                .add(Access::Act(WORKLOAD_ENABLED), route!(enable))
                .merge(endpoint.refusing(oauth::problem))
                .with(state.as_ref().clone())
        },
    }
}

/// A workload with its credentials.
#[derive(Debug, Serialize, ToSchema)]
struct WorkloadShown {
    /// The workload.
    #[serde(flatten)]
    workload: WorkloadView,
    /// Its credentials that have not ended.
    live: Vec<CredentialView>,
}

/// The token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkloadTokenWanted {
    /// After how many days it ends.
    #[schema(minimum = 1, maximum = 366)]
    days: u16,
}

/// A token, shown this once.
#[derive(Serialize, ToSchema)]
struct WorkloadTokenIssued {
    /// Its identifier.
    id: String,
    /// The token.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// The certificate that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CertificateWanted {
    /// A PKCS #10 certificate request in PEM, signed with the workload's own key.
    #[schema(max_length = 16384)]
    csr: String,
    /// After how many hours it ends; 24 without.
    #[serde(default = "day")]
    #[schema(minimum = 1, maximum = 168)]
    hours: u16,
}

/// A certificate.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateIssued {
    /// Its identifier.
    id: String,
    /// The chain in PEM: the workload's certificate first.
    chain: String,
    /// What the certificate says that the workload is.
    spiffe_id: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

const fn day() -> u16 {
    24
}

/// List the workloads.
#[utoipa::path(get, path = "/workloads", tag = "workloads", responses((status = 200, body = Page<WorkloadView>)))]
async fn list(call: Call<Workloads>) -> Answer<Page<WorkloadView>> {
    Answer::ok(Page { items: call.services.views(&call.world, call.now), next: None })
}

/// Show a workload with its credentials.
#[utoipa::path(get, path = "/workloads/{workload}", tag = "workloads",
    params(("workload" = String, Path, description = "The workload")), responses((status = 200, body = WorkloadShown)))]
async fn show(call: Call<Workloads>, Path(workload): Path<String>) -> Result<Answer<WorkloadShown>, Problem> {
    let id = known(&call, &workload)?;
    let document = call.world.workload(&id).ok_or(Refusal::Unknown)?;
    let workload = call.services.view(&call.world, document, call.now);
    Ok(Answer::ok(WorkloadShown { workload, live: credentials(&call.world, Some(&id), call.now) }))
}

/// Issue a token to a workload. It is shown this once.
#[utoipa::path(post, path = "/workloads/{workload}/tokens", tag = "workloads", request_body = WorkloadTokenWanted,
    params(("workload" = String, Path, description = "The workload")), responses((status = 201, body = WorkloadTokenIssued)))]
async fn issue_token(
    call: Call<Workloads>,
    Path(workload): Path<String>,
    Body(wanted): Body<WorkloadTokenWanted>,
) -> Result<Answer<WorkloadTokenIssued>, Problem> {
    let id = known(&call, &workload)?;
    let life = Span::from_minutes(i64::from(wanted.days) * 24 * 60);
    if life < Span::from_minutes(1) || life > WorkloadCredential::LONGEST_TOKEN {
        return Err(Problem::wrong("`days`: write 1 to 366"));
    }
    let obtained = Obtained {
        actor: call.actor()?,
        act: WORKLOAD_TOKEN_ISSUED.code,
        origin: CredentialOrigin::Issued,
        life,
        detail: json!({}),
    };
    let token = call.services.make_token(&id, obtained, call.now).await?;
    call.until(|world| world.revision() >= token.revision).await;
    let text = token.text.as_str().to_owned();
    Ok(Answer::created(WorkloadTokenIssued { id: token.id.to_string(), token: text, expires_at: token.expires_at })
        .once())
}

/// Issue a certificate to a workload, for a key that it keeps to itself.
#[utoipa::path(post, path = "/workloads/{workload}/certificates", tag = "workloads", request_body = CertificateWanted,
    params(("workload" = String, Path, description = "The workload")),
    responses((status = 201, body = CertificateIssued)))]
async fn issue_certificate(
    call: Call<Workloads>,
    Path(workload): Path<String>,
    Body(wanted): Body<CertificateWanted>,
) -> Result<Answer<CertificateIssued>, Problem> {
    let id = known(&call, &workload)?;
    let life = Span::from_minutes(i64::from(wanted.hours) * 60);
    if life < Span::from_minutes(1) || life > WorkloadCredential::LONGEST_CERTIFICATE {
        return Err(Problem::wrong("`hours`: write 1 to 168"));
    }
    let issued = call.services.make_certificate(&id, &wanted.csr, life, call.actor()?, call.now).await?;
    call.until(|world| world.revision() >= issued.revision).await;
    let (id, chain, spiffe_id) = (issued.id.to_string(), issued.chain, issued.spiffe_id);
    Ok(Answer::created(CertificateIssued { id, chain, spiffe_id, expires_at: issued.expires_at }))
}

/// Revoke a credential of a workload. What was opened with it is cut.
#[utoipa::path(post, path = "/workloads/{workload}/credentials/{credential}/revoke", tag = "workloads",
    params(("workload" = String, Path, description = "The workload"),
        ("credential" = String, Path, description = "The credential, or its first digits")),
    responses((status = 200, body = WorkloadShown)))]
async fn revoke(
    call: Call<Workloads>,
    Path((workload, credential)): Path<(String, String)>,
) -> Result<Answer<WorkloadShown>, Problem> {
    let id = known(&call, &workload)?;
    let credential = named(&call, &id, &credential)?;
    let revision = call.services.revoke(&id, &credential, call.actor()?, call.now).await?;
    after(&call, &id, revision).await
}

/// Disable a workload. What it has open is cut.
#[utoipa::path(post, path = "/workloads/{workload}/disable", tag = "workloads",
    params(("workload" = String, Path, description = "The workload")), responses((status = 200, body = WorkloadShown)))]
async fn disable(call: Call<Workloads>, Path(workload): Path<String>) -> Result<Answer<WorkloadShown>, Problem> {
    let id = known(&call, &workload)?;
    let revision = call.services.set_disabled(&id, true, call.actor()?, call.now).await?;
    after(&call, &id, revision).await
}

/// Enable a workload again.
#[utoipa::path(post, path = "/workloads/{workload}/enable", tag = "workloads",
    params(("workload" = String, Path, description = "The workload")), responses((status = 200, body = WorkloadShown)))]
async fn enable(call: Call<Workloads>, Path(workload): Path<String>) -> Result<Answer<WorkloadShown>, Problem> {
    let id = known(&call, &workload)?;
    let revision = call.services.set_disabled(&id, false, call.actor()?, call.now).await?;
    after(&call, &id, revision).await
}

/// The workload as it stands after a change.
async fn after(call: &Call<Workloads>, id: &WorkloadId, revision: u64) -> Result<Answer<WorkloadShown>, Problem> {
    call.until(|world| world.revision() >= revision).await;
    let world = std::sync::Arc::clone(&call.services.services.world.borrow());
    let document = world.workload(id).ok_or(Refusal::Unknown)?;
    let workload = call.services.view(&world, document, call.now);
    Ok(Answer::ok(WorkloadShown { workload, live: credentials(&world, Some(id), call.now) }))
}

/// A workload that is there.
fn known(call: &Call<Workloads>, workload: &str) -> Result<WorkloadId, Problem> {
    let id: WorkloadId = workload.parse().map_err(|_| Refusal::Unknown)?;
    if call.world.workload(&id).is_none() {
        return Err(Problem::not_found(format_args!("there is no workload `{id}`")));
    }
    Ok(id)
}

/// The one live credential whose identifier begins with these digits.
fn named(call: &Call<Workloads>, workload: &WorkloadId, digits: &str) -> Result<SessionId, Problem> {
    let digits = sekisho_rest::session_digits(digits);
    let of_it = call.world.workload_credentials().filter(|one| one.workload == *workload);
    let mut found = of_it.filter(|one| !digits.is_empty() && one.id.to_string().starts_with(digits));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.id),
        (None, _) => Err(Refusal::UnknownCredential.into()),
        (Some(_), Some(_)) => Err(Problem::conflict("several credentials begin with these digits: write more of them")),
    }
}
