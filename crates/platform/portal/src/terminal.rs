//! A terminal asks to be signed in: the person compares the code, sees the requester, and answers.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use sekisho_identity::{Failure, TerminalRequest};
use sekisho_model::Timestamp;
use sekisho_model::facts::EntityType;
use sekisho_web::address::encode;
use sekisho_web::page::Page;
use sekisho_web::{Access, Person, Problem, answer, notice, wording};
use serde::Deserialize;

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/terminal", Access::SignedIn, page).post("/terminal/approve", Access::SignedIn, approve).post(
        "/terminal/refuse",
        Access::SignedIn,
        refuse,
    )
}

#[derive(Template)]
#[template(path = "terminal.html")]
struct TerminalPage {
    page: Page,
    shows: Shows,
    problem: Option<String>,
}

/// What the page shows.
enum Shows {
    /// The form for a code, with what was typed where it may be tried again.
    Form(String),
    /// What a code stands for, to answer.
    Request(Request),
    /// That it was answered: nothing more is to be done here.
    Answered,
}

/// What asks, as the page shows it.
struct Request {
    code: String,
    device: Option<String>,
    name: String,
    address: String,
    /// It comes from another address than the person.
    elsewhere: bool,
    asked_at: Timestamp,
    /// The person may approve: the device is enrolled and nobody else's.
    usable: bool,
}

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
}

async fn page(context: Context, Query(Code { code }): Query<Code>) -> Result<Response, Problem> {
    if code.is_empty() {
        let shows = if notice::of(&context.path).is_some() { Shows::Answered } else { Shows::Form(String::new()) };
        return shown(&context, shows, None);
    }
    match terminal_request(&context, context.person()?, &code).await {
        Ok((request, problem)) => shown(&context, Shows::Request(request), problem),
        Err(failure) => not_this_code(&context, &code, failure),
    }
}

/// The form again, with what is wrong with the code. A person who must wait finds the code in it.
fn not_this_code(context: &Context, code: &str, failure: Failure) -> Result<Response, Problem> {
    match failure {
        Failure::Expired => shown(context, Shows::Form(String::new()), Some(context.say("terminal-code-gone"))),
        Failure::TooManyAttempts { .. } => {
            shown(context, Shows::Form(code.to_owned()), Some(failure.text().in_language(context.language).to_owned()))
        }
        other => Err(other.into()),
    }
}

async fn approve(context: Context, Form(Code { code }): Form<Code>) -> Result<Response, Problem> {
    let asked = match asked(&context, context.person()?, &code).await {
        Ok(asked) => asked,
        Err(failure) => return not_this_code(&context, &code, failure),
    };
    if let Some(device) = &asked.device {
        let allowed = context.services.devices.may_use(device, &context.person()?.id).await;
        allowed.map_err(|refusal| Problem::refused(StatusCode::FORBIDDEN, refusal.text()))?;
    }
    answered(&context, &code, true).await
}

async fn refuse(context: Context, Form(Code { code }): Form<Code>) -> Result<Response, Problem> {
    answered(&context, &code, false).await
}

async fn answered(context: &Context, code: &str, approve: bool) -> Result<Response, Problem> {
    let (identity, address) = (&context.services.identity, context.peer.address.ip());
    let answered = identity.answer_terminal(code, &context.person()?.session.id, approve, address, context.now).await;
    if let Err(failure) = answered {
        return not_this_code(context, code, failure);
    }
    Ok(answer::see_other(if approve { "/terminal?done=terminal-approved" } else { "/terminal?done=terminal-refused" }))
}

async fn asked(context: &Context, person: &Person, code: &str) -> Result<TerminalRequest, Failure> {
    let (identity, address) = (&context.services.identity, context.peer.address.ip());
    identity.terminal_request(code, &person.id, address, context.now).await
}

/// The request behind a code, and why the person cannot approve it.
async fn terminal_request(
    context: &Context,
    person: &Person,
    code: &str,
) -> Result<(Request, Option<String>), Failure> {
    let asked = asked(context, person, code).await?;
    let allowed = match &asked.device {
        Some(device) => context.services.devices.may_use(device, &person.id).await,
        None => Ok(()),
    };
    let device = asked.device.as_ref().map(|device| {
        let known = context.world.facts().find(EntityType::Device, device.id.as_str());
        known.map_or_else(|| device.id.to_string(), |handle| wording::device_name(&context.world, handle))
    });
    let request = Request {
        code: asked.user_code,
        device,
        name: asked.name,
        elsewhere: asked.address != context.peer.address.ip().to_canonical().to_string(),
        address: asked.address,
        asked_at: asked.asked_at,
        usable: allowed.is_ok(),
    };
    Ok((request, allowed.err().map(|refusal| refusal.text().in_language(context.language).to_owned())))
}

fn shown(context: &Context, shows: Shows, problem: Option<String>) -> Result<Response, Problem> {
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let path = match &shows {
        Shows::Request(request) => format!("/terminal?code={}", encode(&request.code)),
        Shows::Form(_) => "/terminal".to_owned(),
        Shows::Answered => context.path.clone(),
    };
    let page = Page { path, ..context.page_with_times() };
    answer::html_at(status, &TerminalPage { page, shows, problem })
}
