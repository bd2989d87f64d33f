//! The pages of the console: the providers with what is registered there, and the links of an account.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use sekisho_identity::acts::{IDENTITY_LINKED, IDENTITY_UNLINKED, USERS_READ};
use sekisho_identity::{Failure, FederatedLink, Secret};
use sekisho_model::{Actor, Language, Name, Text, UserId};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};
use serde::Deserialize;

use crate::acts::{IDENTITY_PROVIDER_SECRET_SET, IDENTITY_PROVIDERS_READ};
use crate::{Federation, Refusal};

const PATH: &str = "/console/identity-providers";

/// Two pages in the console, with their texts.
#[must_use]
pub const fn pages<S: AsRef<Federation>>() -> Pages<S> {
    Pages {
        name: "federation",
        routes: |state| routes().with(state.as_ref().clone()),
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

/// The routes of the console's pages.
#[must_use]
pub fn routes() -> Routes<Federation> {
    Routes::new()
        .get(PATH, Access::Act(IDENTITY_PROVIDERS_READ), list)
        .post("/console/identity-providers/{provider}/secret", Access::Act(IDENTITY_PROVIDER_SECRET_SET), secret)
        .get("/console/users/{id}/identities", Access::Act(USERS_READ), links)
        .post("/console/users/{id}/identities", Access::Act(IDENTITY_LINKED), link)
        .post("/console/users/{id}/identities/{identity}/remove", Access::Act(IDENTITY_UNLINKED), unlink)
}

const PLACES: &[Place] =
    &[Place::of_console(Group::Platform, PATH, "place-identity-providers", IDENTITY_PROVIDERS_READ)];

type Context = RequestContext<Federation>;

#[derive(Template)]
#[template(path = "identity_providers.html")]
struct ProvidersPage {
    page: Page,
    rows: Vec<Row>,
    may_set_secret: bool,
}

struct Row {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    redirect_uri: String,
    enabled: bool,
    trusted_assurance: u8,
    has_secret: bool,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let federation = &context.services;
    let mut rows = Vec::new();
    for provider in federation.providers().await.map_err(refused)? {
        let document = provider.document;
        rows.push(Row {
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
    let may_set_secret = access::may(&context, &IDENTITY_PROVIDER_SECRET_SET, None);
    answer::html(&ProvidersPage { page: context.page(), rows, may_set_secret })
}

#[derive(Deserialize)]
struct SecretForm {
    #[serde(default)]
    secret: Secret,
}

async fn secret(
    context: Context,
    Path(provider): Path<String>,
    Form(form): Form<SecretForm>,
) -> Result<Response, Problem> {
    let provider: Name = provider.parse().map_err(|_| Problem::NotFound)?;
    let secret = Some(&form.secret).filter(|secret| !secret.expose().is_empty());
    context.services.set_secret(&provider, secret, actor(&context)?, context.now).await.map_err(refused)?;
    Ok(answer::see_other(PATH))
}

#[derive(Template)]
#[template(path = "identities.html")]
struct LinksPage {
    page: Page,
    user: String,
    links: Vec<FederatedLink>,
    providers: Vec<(String, String)>,
    may_change: bool,
    problem: Option<String>,
}

async fn links(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    shown(&context, &id, None).await
}

async fn shown(context: &Context, id: &str, problem: Option<Text>) -> Result<Response, Problem> {
    let user: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let federation = &context.services;
    federation.identity.user(&user).await.map_err(|_| Problem::Unavailable)?.ok_or(Problem::NotFound)?;
    let status = if problem.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = LinksPage {
        page: Page { path: address(&user), ..context.page_with_times() },
        links: federation.links(&user).await.map_err(refused)?,
        providers: federation.offered().await.map_err(refused)?,
        may_change: access::may(context, &IDENTITY_LINKED, Some(&user)),
        problem: problem.map(|text| text.in_language(context.language).to_owned()),
        user: user.to_string(),
    };
    answer::html_at(status, &page)
}

#[derive(Deserialize)]
struct LinkForm {
    provider: String,
    subject: String,
}

async fn link(context: Context, Path(id): Path<String>, Form(form): Form<LinkForm>) -> Result<Response, Problem> {
    let user: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let provider: Name = form.provider.parse().map_err(|_| Problem::NotFound)?;
    match context.services.link(&provider, &form.subject, &user, actor(&context)?, context.now).await {
        Ok(_) => Ok(answer::see_other(&address(&user))),
        Err(Refusal::Identity(failure @ (Failure::Conflict | Failure::NotFound(_)))) => {
            shown(&context, &id, Some(failure.text())).await
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

async fn unlink(context: Context, Path((id, identity)): Path<(String, String)>) -> Result<Response, Problem> {
    let user: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    context.services.unlink(&user, &identity, actor(&context)?, context.now).await.map_err(refused)?;
    Ok(answer::see_other(&address(&user)))
}

fn address(user: &UserId) -> String {
    format!("/console/users/{user}/identities")
}

fn actor(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NoProvider | Refusal::Identity(Failure::NotFound(_)) => Problem::NotFound,
        Refusal::Identity(failure) => failure.into(),
        _ => Problem::Unavailable,
    }
}
