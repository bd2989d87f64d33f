//! My requests, and those of others that I may answer.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use http::Method;
use sekisho_model::documents::GrantRequest;
use sekisho_model::{Action, Actor, GrantId};
use sekisho_policy_engine::Verdict;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};
use serde::Deserialize;

use crate::Approver;
use crate::approver::resource;
use crate::pages::{Context, Routes, refused};
use crate::shown::Shown;

pub(crate) const PATH: &str = "/requests";
/// How many of a person's own requests are shown.
const OWN: usize = 50;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, Access::SignedIn, page)
        .post("/requests/{id}/approve", Access::SignedIn, approve)
        .post("/requests/{id}/refuse", Access::SignedIn, refuse)
        .post("/requests/{id}/withdraw", Access::SignedIn, withdraw)
}

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    page: Page,
    waiting: Vec<Waiting>,
    own: Vec<Shown>,
    longest_reason: usize,
}

/// A request that waits for this person's answer.
struct Waiting {
    shown: Shown,
    /// A stronger sign-in is needed first.
    step_up: bool,
}

async fn page(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let all = context.services.all().await.map_err(|refusal| refused(&context, &refusal))?;
    let (own, others): (Vec<GrantRequest>, Vec<GrantRequest>) = all.into_iter().partition(|one| one.user == person.id);
    let open = others.into_iter().filter(|one| one.is_open(context.now));
    let waiting = open.filter_map(|one| waiting(&context, one)).collect();
    let own = own.into_iter().take(OWN).map(|one| Shown::of(&context, one)).collect();
    answer::html(&RequestsPage {
        page: context.page_with_times(),
        waiting,
        own,
        longest_reason: GrantRequest::LONGEST_REASON,
    })
}

/// `None` when no policy names this person, with any sign-in: then the request is not shown.
fn waiting(context: &Context, request: GrantRequest) -> Option<Waiting> {
    let handle = resource(&context.world, &request).ok()?;
    let decision = access::preview(context, context.person.as_ref()?, handle, Action::Approve);
    let step_up = match decision.outcome() {
        Verdict::Permit(_) => false,
        Verdict::Challenge(_) => true,
        Verdict::Deny(_) => return None,
    };
    Some(Waiting { shown: Shown::of(context, request), step_up })
}

/// Whether this person answers a request, or how many wait for them.
pub(crate) fn may_answer(context: &Context, request: &GrantRequest) -> bool {
    let is_own = context.person.as_ref().is_some_and(|person| person.id == request.user);
    !is_own && request.is_open(context.now) && waiting(context, request.clone()).is_some()
}

async fn approve(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let (id, approver) = approver(&context, &id).await?;
    let done = context.services.approve(&id, &approver, context.now).await;
    done.map_err(|refusal| refused(&context, &refusal))?;
    Ok(answer::see_other("/requests?done=access-approved"))
}

#[derive(Debug, Deserialize)]
struct Refusal {
    why: String,
}

async fn refuse(context: Context, Path(id): Path<String>, Form(form): Form<Refusal>) -> Result<Response, Problem> {
    let (id, approver) = approver(&context, &id).await?;
    let done = context.services.refuse(&id, &approver, &form.why, context.now).await;
    done.map_err(|refusal| refused(&context, &refusal))?;
    Ok(answer::see_other("/requests?done=access-refused"))
}

async fn withdraw(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: GrantId = id.parse().map_err(|_| Problem::NotFound)?;
    let person = context.person()?;
    let actor = Actor::User(person.id.to_string());
    let done = context.services.withdraw(&id, &person.id, actor, context.now).await;
    done.map_err(|refusal| refused(&context, &refusal))?;
    Ok(answer::see_other("/requests?done=access-withdrawn"))
}

/// Decides, and records, whether this person may answer a request.
async fn approver(context: &Context, id: &str) -> Result<(GrantId, Approver), Problem> {
    let told = |refusal| refused(context, &refusal);
    let id: GrantId = id.parse().map_err(|_| Problem::NotFound)?;
    let request = context.services.find(&id).await.map_err(told)?;
    let person = context.person()?;
    Approver::not_own(&person.id, &request).map_err(told)?;
    let handle = resource(&context.world, &request).map_err(told)?;
    let decision = access::enter(context, person, Action::Approve, handle, &Method::POST).await?;
    Ok((id, Approver::of(&person.id, &decision, &request).map_err(told)?))
}
