//! Proving the device by a code: this page shows it, the agent confirms it, and the page collects the proof.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use axum::{Form, Json};
use http::StatusCode;
use sekisho_capability::short_code;
use sekisho_device_protocol::browser_code::CODE_PAGE;
use sekisho_model::{Language, Text};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, messages, wording};
use serde::Deserialize;
use serde_json::json;

use crate::{CodeAsk, Collected, Context, Refusal, Routes, session};

/// Where a session goes on to whose device was proven.
const PROVEN: &str = "/devices?done=device-proven";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(CODE_PAGE, Access::SignedIn, page)
        .post("/devices/code", Access::SignedIn, ask)
        .post("/devices/code/finish", Access::SignedIn, finish)
        .post("/devices/code/wait", Access::SignedIn, wait)
}

#[derive(Template)]
#[template(path = "device_code.html")]
struct CodePage {
    page: Page,
    /// The code that is shown; none before one was asked for.
    code: Option<String>,
    problem: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
}

async fn page(context: Context, Query(Code { code }): Query<Code>) -> Result<Response, Problem> {
    // A link could otherwise bring somebody to confirm a code that another browser was given.
    let person = context.person()?;
    let is_own = context.services.devices.is_code_of(&person.session.id, &person.id, &code, context.now).await;
    match is_own {
        Ok(true) => shown(&context, &code, None),
        Ok(false) if code.is_empty() => shown(&context, "", None),
        Ok(false) => shown(&context, "", Some(context.say("device-code-gone"))),
        Err(refusal) => Err(Problem::refused(StatusCode::FORBIDDEN, refusal.text())),
    }
}

async fn ask(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    context.services.identity.allow_one_time(&person.session.id, context.now).await?;
    let browser = |language| wording::browser(&context.user_agent, language);
    let ask = CodeAsk {
        session: person.session.id,
        user: person.id.clone(),
        name: person.name.clone(),
        browser: Text::new(&browser(Language::English), &browser(Language::Japanese)),
        address: context.peer.address.ip().to_canonical().to_string(),
    };
    let code = context.services.devices.ask_by_code(ask, context.now).await.map_err(|error| {
        tracing::error!(%error, "a code for the proof of a device could not be stored");
        Problem::Unavailable
    })?;
    Ok(answer::see_other(&format!("{CODE_PAGE}?code={code}")))
}

async fn finish(context: Context, Form(Code { code }): Form<Code>) -> Result<Response, Problem> {
    match collected(&context, &code, answer::see_other(PROVEN)).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => shown(&context, &code, Some(context.say("device-code-pending"))),
        Err(Refusal::ProofUnknown) => shown(&context, "", Some(context.say("device-code-gone"))),
        Err(refusal) => Err(Problem::refused(StatusCode::FORBIDDEN, refusal.text())),
    }
}

/// The same for the page's script: where to go on to, or that nobody has answered.
async fn wait(context: Context, Json(Code { code }): Json<Code>) -> Result<Response, Problem> {
    let proven = Json(json!({ "location": PROVEN })).into_response();
    match collected(&context, &code, proven).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Ok(Json(json!({})).into_response()),
        Err(Refusal::ProofUnknown) => Err(Problem::refused(StatusCode::FORBIDDEN, messages::text("device-code-gone"))),
        Err(refusal) => Err(Problem::refused(StatusCode::FORBIDDEN, refusal.text())),
    }
}

/// This answer with the cookie of the session that its device is bound to; `None` while nobody has answered.
async fn collected(context: &Context, code: &str, answer: Response) -> Result<Option<Response>, Refusal> {
    let Ok(person) = context.person() else { return Err(Refusal::ProofUnknown) };
    let (session, now) = (person.session.id, context.now);
    let device = match context.services.devices.collect_code(&session, &person.id, code, now).await? {
        Collected::Pending => return Ok(None),
        Collected::Proven(device) => device,
    };
    Ok(Some(session::bind(context, &session, &device, answer).await.unwrap_or_else(Problem::into_response)))
}

fn shown(context: &Context, code: &str, problem: Option<String>) -> Result<Response, Problem> {
    let code = Some(short_code::typed(code)).filter(|code| !code.is_empty()).map(|code| short_code::shown(&code));
    let path = code.as_ref().map_or_else(|| CODE_PAGE.to_owned(), |code| format!("{CODE_PAGE}?code={code}"));
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = Page { path, scripts: &["post.js", "console.js", "device-code.js"], ..context.page() };
    answer::html_at(status, &CodePage { page, code, problem })
}
