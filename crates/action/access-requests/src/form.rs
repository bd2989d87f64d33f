//! The form of a request: for what, why, for how long. The page of a denial leads here.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use http::{Method, StatusCode};
use sekisho_model::documents::{GrantRequest, Resource, ResourceKind};
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{Action, Actor};
use sekisho_policy_engine::{Decision, Verdict};
use sekisho_web::page::Page;
use sekisho_web::verdict::explained;
use sekisho_web::{Access, Problem, Reach, access, answer};
use serde::Deserialize;

use crate::pages::{Context, Routes, refused};
use crate::shown::how_long;
use crate::{RequestRefusal, Wanted};

/// The durations that the form offers, in seconds.
const DURATIONS: [u32; 5] = [15 * 60, 60 * 60, 4 * 60 * 60, 8 * 60 * 60, 24 * 60 * 60];

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/request/{resource}", Access::SignedIn, page).post("/request/{resource}", Access::SignedIn, ask)
}

#[derive(Template)]
#[template(path = "request_access.html")]
struct FormPage {
    page: Page,
    id: String,
    name: String,
    account: String,
    reasons: Vec<String>,
    remedies: Vec<String>,
    durations: Vec<(u32, String, bool)>,
    longest_reason: usize,
    typed: String,
    problem: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Asked {
    reason: String,
    seconds: u32,
}

/// What is asked of a resource of that kind.
pub(crate) fn action(resource: &Resource) -> Action {
    if resource.kind == ResourceKind::Tcp { Action::Connect } else { Action::Read }
}

/// An application that cannot be requested is answered as one that does not exist.
async fn page(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let (_, decision) = wanted(&context, &id)?;
    match Reach::of(&decision) {
        Some(Reach::Requestable) => show(&context, &id, &decision, None),
        Some(Reach::Mine) => Ok(answer::see_other("/")),
        None => Err(Problem::NotFound),
    }
}

async fn ask(context: Context, Path(id): Path<String>, Form(asked): Form<Asked>) -> Result<Response, Problem> {
    let person = context.person()?;
    let (resource, preview) = wanted(&context, &id)?;
    if Reach::of(&preview).is_none() {
        return Err(Problem::NotFound);
    }
    // The decision that the request rests on is in the record, as every other.
    let decision = access::enter(&context, person, resource.1, resource.0, &Method::POST).await?;
    if Reach::of(&decision) != Some(Reach::Requestable) || matches!(decision.outcome(), Verdict::Permit(_)) {
        return Err(refused(&context, &RequestRefusal::NotRequestable));
    }
    let wanted = Wanted {
        user: person.id.clone(),
        resource: id.parse().map_err(|_| Problem::NotFound)?,
        reason: asked.reason.clone(),
        seconds: asked.seconds,
    };
    match context.services.ask(wanted, Actor::User(person.id.to_string()), context.now).await {
        Ok(_) => Ok(answer::see_other("/requests?done=access-requested")),
        Err(RequestRefusal::Wrong(_)) => show(&context, &id, &decision, Some(asked)),
        Err(refusal) => Err(refused(&context, &refusal)),
    }
}

/// The resource with what is asked of it, and what the engine says of it for this person.
fn wanted(context: &Context, id: &str) -> Result<((Handle, Action), Decision), Problem> {
    let person = context.person()?;
    let resource = access::resource(context, id).ok_or(Problem::NotFound)?;
    let handle = context.world.facts().find(EntityType::Resource, id).ok_or(Problem::NotFound)?;
    let action = action(resource);
    Ok(((handle, action), access::preview(context, person, handle, action)))
}

fn show(context: &Context, id: &str, decision: &Decision, wrong: Option<Asked>) -> Result<Response, Problem> {
    let resource = access::resource(context, id).ok_or(Problem::NotFound)?;
    let (reasons, remedies) = explained(decision, context.language);
    let chosen = wrong.as_ref().map_or(3600, |asked| asked.seconds);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = FormPage {
        page: Page { path: format!("/request/{id}"), ..context.page() },
        id: id.to_owned(),
        name: resource.name.in_language(context.language).to_owned(),
        account: context.person()?.id.to_string(),
        reasons,
        remedies,
        durations: DURATIONS.into_iter().map(|one| (one, how_long(context, one), one == chosen)).collect(),
        longest_reason: GrantRequest::LONGEST_REASON,
        problem: wrong.is_some().then(|| context.say("requests-wrong")),
        typed: wrong.map(|asked| asked.reason).unwrap_or_default(),
    };
    answer::html_at(status, &shown)
}
