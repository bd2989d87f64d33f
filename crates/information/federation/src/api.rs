//! The routes of the REST API: providers, their secret, and the links of accounts.

use axum::extract::Path;
use http::StatusCode;
use sekisho_identity::acts::{IDENTITY_LINKED, IDENTITY_UNLINKED, USERS_READ};
use sekisho_identity::{Failure, FederatedLink, Secret};
use sekisho_model::{Name, Timestamp, UserId};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts::{IDENTITY_PROVIDER_SECRET_SET, IDENTITY_PROVIDERS_READ};
use crate::{Federation, Refusal};

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<Federation>>() -> Api<S> {
    Api {
        name: "federation",
        routes: |state| {
            Routes::new()
                .add(Access::Act(IDENTITY_PROVIDERS_READ), route!(list))
                .add(Access::Act(IDENTITY_PROVIDER_SECRET_SET), route!(set_secret))
                .add(Access::Act(USERS_READ), route!(links))
                .add(Access::Act(IDENTITY_LINKED), route!(link))
                .add(Access::Act(IDENTITY_UNLINKED), route!(unlink))
                .with(state.as_ref().clone())
        },
    }
}

/// An identity provider.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityProviderView {
    /// Its identifier.
    id: String,
    /// Its name on the sign-in page.
    name: String,
    /// Its issuer.
    issuer: String,
    /// As whom the platform is registered there.
    client_id: String,
    /// The redirection address that is registered there.
    redirect_uri: String,
    /// Whether people may sign in with it.
    enabled: bool,
    /// The highest assurance that it is trusted to prove.
    trusted_assurance: u8,
    /// Whether a client secret is set.
    has_secret: bool,
}

/// A client secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecretWanted {
    /// The secret that the provider gave; null removes it.
    #[schema(value_type = Option<String>)]
    secret: Option<Secret>,
}

/// A subject at a provider that is linked to an account.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityView {
    /// The link's identifier.
    id: String,
    /// The provider.
    provider: String,
    /// The issuer of the provider's tokens.
    issuer: String,
    /// The subject.
    subject: String,
    /// When it was linked.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
    /// When it last served to sign in; null when it never did.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// A link that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentityWanted {
    /// The provider.
    #[schema(value_type = String)]
    provider: Name,
    /// The subject, as the provider's tokens name it (`sub`).
    #[schema(max_length = 255)]
    subject: String,
}

/// A link that was made.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityLinked {
    /// The link's identifier.
    id: String,
}

/// What ended with a link.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityUnlinked {
    /// How many sessions.
    sessions_ended: usize,
}

/// List identity providers.
#[utoipa::path(get, path = "/identity-providers", tag = "identity-providers",
    responses((status = 200, body = Page<IdentityProviderView>)))]
async fn list(call: Call<Federation>) -> Result<Answer<Page<IdentityProviderView>>, Problem> {
    let federation = &call.services;
    let mut items = Vec::new();
    for provider in federation.providers().await.map_err(refused)? {
        let document = provider.document;
        items.push(IdentityProviderView {
            redirect_uri: federation.redirect_uri(&document.id),
            has_secret: federation.secret(&document.id).await.map_err(refused)?.is_some(),
            id: document.id.to_string(),
            name: document.name,
            issuer: document.issuer.to_string(),
            client_id: document.client_id,
            enabled: document.enabled,
            trusted_assurance: document.trusted_assurance,
        });
    }
    Ok(Answer::ok(Page { items, next: None }))
}

/// Set or remove the client secret of an identity provider. It is never shown.
#[utoipa::path(post, path = "/identity-providers/{provider}/secret", tag = "identity-providers", request_body = SecretWanted,
    params(("provider" = String, Path, description = "The provider's identifier")),
    responses((status = 204, description = "It is set.")))]
async fn set_secret(
    call: Call<Federation>,
    Path(provider): Path<String>,
    Body(wanted): Body<SecretWanted>,
) -> Result<Answer<()>, Problem> {
    let provider: Name = provider.parse().map_err(|_| refused(Refusal::NoProvider))?;
    let secret = wanted.secret.filter(|secret| !secret.expose().is_empty());
    call.services.set_secret(&provider, secret.as_ref(), call.actor()?, call.now).await.map_err(refused)?;
    Ok(Answer::done())
}

/// List the identities that are linked to an account.
#[utoipa::path(get, path = "/users/{user}/identities", tag = "users", params(("user" = String, Path, description = "The account's name")),
    responses((status = 200, body = Page<IdentityView>)))]
async fn links(call: Call<Federation>, Path(user): Path<String>) -> Result<Answer<Page<IdentityView>>, Problem> {
    let links = call.services.links(&account(&user)?).await.map_err(refused)?;
    Ok(Answer::ok(Page { items: links.into_iter().map(view).collect(), next: None }))
}

/// Link an identity at a provider to an account.
#[utoipa::path(post, path = "/users/{user}/identities", tag = "users", request_body = IdentityWanted,
    params(("user" = String, Path, description = "The account's name")), responses((status = 201, body = IdentityLinked)))]
async fn link(
    call: Call<Federation>,
    Path(user): Path<String>,
    Body(wanted): Body<IdentityWanted>,
) -> Result<Answer<IdentityLinked>, Problem> {
    let user = account(&user)?;
    let linked = call.services.link(&wanted.provider, &wanted.subject, &user, call.actor()?, call.now).await;
    Ok(Answer::created(IdentityLinked { id: linked.map_err(refused)? }))
}

/// Unlink an identity from an account: the sessions that it opened end, with everything that is open in them.
#[utoipa::path(post, path = "/users/{user}/identities/{identity}/remove", tag = "users",
    params(("user" = String, Path, description = "The account's name"), ("identity" = String, Path, description = "The link's identifier")),
    responses((status = 200, body = IdentityUnlinked)))]
async fn unlink(
    call: Call<Federation>,
    Path((user, identity)): Path<(String, String)>,
) -> Result<Answer<IdentityUnlinked>, Problem> {
    let ended = call.services.unlink(&account(&user)?, &identity, call.actor()?, call.now).await.map_err(refused)?;
    Ok(Answer::ok(IdentityUnlinked { sessions_ended: ended }))
}

fn account(user: &str) -> Result<UserId, Problem> {
    user.parse().map_err(|_| Problem::not_found(format_args!("there is no user `{}`", user.escape_debug())))
}

fn view(link: FederatedLink) -> IdentityView {
    IdentityView {
        id: link.id,
        provider: link.subject.provider.to_string(),
        issuer: link.subject.issuer,
        subject: link.subject.subject,
        added_at: link.added_at,
        last_used_at: link.last_used_at,
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NoProvider => Problem::not_found(refusal),
        Refusal::Identity(Failure::NotFound(what)) => Problem::not_found(format_args!("there is no such {what}")),
        Refusal::Identity(Failure::Conflict) => Problem::conflict("an account is linked to this subject already"),
        Refusal::Identity(Failure::WrongCredentials) => Problem::forbidden(
            "a token cannot make a way to sign in as its owner: ask somebody else to link this account",
        ),
        other => Problem::new(StatusCode::SERVICE_UNAVAILABLE, other.code(), other),
    }
}
