//! A terminal asks to be signed in: the person compares the code, sees who asks, and answers.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use sekisho_identity::{Failure, TerminalRequest};
use sekisho_model::Timestamp;
use sekisho_model::facts::EntityType;
use serde::Deserialize;

use crate::guard::Access;
use crate::onward::encode;
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;
use crate::{answer, notice, wording};

pub(super) fn routes(routes: Routes) -> Routes {
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

async fn page(visit: Visit, Query(Code { code }): Query<Code>) -> Result<Response, Problem> {
    if code.is_empty() {
        let shows = if notice::of(&visit.path).is_some() { Shows::Answered } else { Shows::Form(String::new()) };
        return shown(&visit, shows, None);
    }
    match request(&visit, &code).await {
        Ok((request, problem)) => shown(&visit, Shows::Request(request), problem),
        Err(problem) => not_this_code(&visit, &code, problem),
    }
}

/// The form once more, with what is wrong with the code. Whoever has to wait keeps it.
fn not_this_code(visit: &Visit, code: &str, problem: Problem) -> Result<Response, Problem> {
    match problem {
        Problem::Identity(Failure::Expired) => {
            shown(visit, Shows::Form(String::new()), Some(visit.say("terminal-code-gone")))
        }
        Problem::Identity(failure @ Failure::TooManyAttempts { .. }) => {
            shown(visit, Shows::Form(code.to_owned()), Some(failure.text().in_language(visit.language).to_owned()))
        }
        problem => Err(problem),
    }
}

async fn approve(visit: Visit, Form(Code { code }): Form<Code>) -> Result<Response, Problem> {
    let asked = match asked(&visit, &code).await {
        Ok(asked) => asked,
        Err(problem) => return not_this_code(&visit, &code, problem),
    };
    if let Some(device) = &asked.device {
        let allowed = visit.state.devices.may_use(device, &visit.person()?.id).await;
        allowed.map_err(|refusal| Problem::Device(Box::new(refusal.text())))?;
    }
    answered(&visit, &code, true).await
}

async fn refuse(visit: Visit, Form(Code { code }): Form<Code>) -> Result<Response, Problem> {
    answered(&visit, &code, false).await
}

async fn answered(visit: &Visit, code: &str, approve: bool) -> Result<Response, Problem> {
    let (identity, address) = (&visit.state.identity, visit.peer.address.ip());
    let answered = identity.answer_terminal(code, &visit.person()?.session.id, approve, address, visit.now).await;
    if let Err(failure) = answered {
        return not_this_code(visit, code, failure.into());
    }
    Ok(answer::see_other(if approve { "/terminal?done=terminal-approved" } else { "/terminal?done=terminal-refused" }))
}

async fn asked(visit: &Visit, code: &str) -> Result<TerminalRequest, Problem> {
    let (identity, address) = (&visit.state.identity, visit.peer.address.ip());
    Ok(identity.terminal_request(code, &visit.person()?.id, address, visit.now).await?)
}

/// The request behind a code, and why the person cannot approve it.
async fn request(visit: &Visit, code: &str) -> Result<(Request, Option<String>), Problem> {
    let asked = asked(visit, code).await?;
    let allowed = match &asked.device {
        Some(device) => visit.state.devices.may_use(device, &visit.person()?.id).await,
        None => Ok(()),
    };
    let device = asked.device.as_ref().map(|device| {
        let known = visit.world.facts().find(EntityType::Device, device.id.as_str());
        known.map_or_else(|| device.id.to_string(), |handle| wording::device_name(&visit.world, handle))
    });
    let request = Request {
        code: asked.user_code,
        device,
        name: asked.name,
        elsewhere: asked.address != visit.peer.address.ip().to_canonical().to_string(),
        address: asked.address,
        asked_at: asked.asked_at,
        usable: allowed.is_ok(),
    };
    Ok((request, allowed.err().map(|refusal| refusal.text().in_language(visit.language).to_owned())))
}

fn shown(visit: &Visit, shows: Shows, problem: Option<String>) -> Result<Response, Problem> {
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let path = match &shows {
        Shows::Request(request) => format!("/terminal?code={}", encode(&request.code)),
        Shows::Form(_) => "/terminal".to_owned(),
        Shows::Answered => visit.path.clone(),
    };
    let page = Page { path, ..visit.page_with_times() };
    answer::html_at(status, &TerminalPage { page, shows, problem })
}
