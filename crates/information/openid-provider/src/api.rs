//! The routes of the REST API: registered applications and their secrets.

use axum::extract::Path;
use sekisho_model::documents::Client;
use sekisho_rest::{Access, Answer, Api, Call, Page, Problem, Routes, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::OpenIdProvider;
use crate::acts::{CLIENT_SECRET_MADE, CLIENTS_READ};
use crate::refusal::Refusal;

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<OpenIdProvider>>() -> Api<S> {
    Api {
        name: "openid-provider",
        routes: |state| {
            Routes::new()
                .add(Access::Act(CLIENTS_READ), route!(list))
                .add(Access::Act(CLIENT_SECRET_MADE), route!(make_secret))
                .with(state.as_ref().clone())
        },
    }
}

/// A registered application.
#[derive(Debug, Serialize, ToSchema)]
struct ClientView {
    /// Its client ID.
    id: String,
    /// Its name.
    name: String,
    /// Whether it may sign people in.
    enabled: bool,
    /// The resource that it stands for.
    resource: String,
    /// Whether it keeps a secret.
    confidential: bool,
    /// Whether a secret has been made for it.
    has_secret: bool,
    /// Where people may be sent back to.
    redirect_uris: Vec<String>,
    /// What it may learn.
    scopes: Vec<String>,
    /// The issuer that it is configured with.
    issuer: String,
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
struct ClientSecret {
    /// The client ID.
    client_id: String,
    /// The secret.
    client_secret: String,
}

/// List the registered applications.
#[utoipa::path(get, path = "/clients", tag = "clients", responses((status = 200, body = Page<ClientView>)))]
async fn list(call: Call<OpenIdProvider>) -> Result<Answer<Page<ClientView>>, Problem> {
    let provider = &call.services;
    let mut items = Vec::new();
    for client in provider.clients().await.map_err(refused)? {
        let has_secret = provider.has_secret(&client.id).await.map_err(refused)?;
        items.push(view(client, has_secret, &provider.issuer));
    }
    Ok(Answer::ok(Page { items, next: None }))
}

/// Make the secret of a registered application. It is shown this once; the one before it opens nothing any more.
#[utoipa::path(post, path = "/clients/{client}/secret", tag = "clients",
    params(("client" = String, Path, description = "The application's client ID")),
    responses((status = 201, body = ClientSecret)))]
async fn make_secret(call: Call<OpenIdProvider>, Path(client): Path<String>) -> Result<Answer<ClientSecret>, Problem> {
    let made = call.services.make_secret(&client, call.actor()?, call.now).await.map_err(refused)?;
    let client_secret = made.as_str().to_owned();
    Ok(Answer::created(ClientSecret { client_id: client, client_secret }).once())
}

fn view(client: Client, has_secret: bool, issuer: &str) -> ClientView {
    ClientView {
        id: client.id.to_string(),
        name: client.name,
        enabled: client.enabled,
        resource: client.resource.to_string(),
        confidential: client.confidential,
        has_secret,
        redirect_uris: client.redirect_uris.iter().map(ToString::to_string).collect(),
        scopes: client.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        issuer: issuer.to_owned(),
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Client => Problem::not_found("there is no such application that keeps a secret"),
        other => Problem::failed(other.name()),
    }
}
