//! The pages: those that people are sent to, and the console's list of registered applications.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use sekisho_model::documents::Client;
use sekisho_model::{Actor, Language};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, Routes, access, answer};
use zeroize::Zeroizing;

use crate::acts::{CLIENT_SECRET_MADE, CLIENTS_READ};
use crate::authorize::{self, Context, problem};
use crate::{OpenIdProvider, end_session};

const PATH: &str = "/console/clients";

/// The pages, with their texts.
#[must_use]
pub const fn pages<S: AsRef<OpenIdProvider>>() -> Pages<S> {
    Pages {
        name: "openid-provider",
        routes: |state| routes().with(state.as_ref().clone()),
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

fn routes() -> Routes<OpenIdProvider> {
    Routes::new()
        .get(authorize::PATH, Access::Anyone, authorize::page)
        .get(authorize::CONTINUE, Access::Anyone, authorize::go_on)
        .get("/openid/end-session", Access::Anyone, end_session::page)
        .get(PATH, Access::Act(CLIENTS_READ), list)
        .post("/console/clients/{client}/secret", Access::Act(CLIENT_SECRET_MADE), make_secret)
}

const PLACES: &[Place] = &[Place::of_console(Group::Platform, PATH, "place-clients", CLIENTS_READ)];

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    page: Page,
    issuer: String,
    rows: Vec<Row>,
    may_make_secret: bool,
    made: Option<Made>,
}

struct Row {
    client: Client,
    has_secret: bool,
    scopes: String,
}

/// A secret that was just made.
struct Made {
    client: String,
    secret: Zeroizing<String>,
}

async fn list(context: Context) -> Result<Response, Problem> {
    shown(&context, None).await
}

async fn make_secret(context: Context, Path(client): Path<String>) -> Result<Response, Problem> {
    let actor = Actor::User(context.person()?.id.to_string());
    let secret = context.services.make_secret(&client, actor, context.now).await.map_err(problem)?;
    shown(&context, Some(Made { client, secret })).await
}

async fn shown(context: &Context, made: Option<Made>) -> Result<Response, Problem> {
    let provider = &context.services;
    let mut rows = Vec::new();
    for client in provider.clients().await.map_err(problem)? {
        let has_secret = provider.has_secret(&client.id).await.map_err(problem)?;
        let scopes: Vec<&str> = client.scopes.iter().map(|scope| scope.name()).collect();
        rows.push(Row { scopes: scopes.join(" "), client, has_secret });
    }
    let page = Page { path: PATH.to_owned(), ..context.page() };
    let may_make_secret = access::may(context, &CLIENT_SECRET_MADE, None);
    answer::html(&ClientsPage { page, issuer: provider.issuer.to_string(), rows, may_make_secret, made })
}
