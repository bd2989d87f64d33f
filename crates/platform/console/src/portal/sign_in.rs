//! Signing in: user name and password, then the authenticator app or a recovery code.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use sekisho_identity::{Failure, Progress, Secret};
use serde::Deserialize;

use super::session;
use crate::answer::{self, FormTarget, with_cookie};
use crate::guard::Access;
use crate::onward::{Onward, OnwardQuery};
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;
use crate::{access, cookies};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/sign-in", Access::Anyone, page)
        .post("/sign-in", Access::Anyone, password)
        .get("/sign-in/code", Access::Anyone, code_page)
        .post("/sign-in/code", Access::Anyone, code)
        .get("/sign-in/recovery", Access::Anyone, recovery_page)
        .post("/sign-in/recovery", Access::Anyone, recovery)
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    query: String,
    to_application: bool,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    page: Page,
    query: String,
    recovery: bool,
    /// Whether the password was right already, so that the page knows whom it asks.
    knows_user: bool,
    problem: Option<String>,
}

async fn page(visit: Visit, Query(query): Query<OnwardQuery>) -> Result<Response, Problem> {
    let onward = Onward::from(query);
    if visit.person.is_some() {
        return Ok(answer::see_other(&onward.address()));
    }
    first_step(&visit, &onward, None)
}

#[derive(Deserialize)]
struct PasswordForm {
    user: String,
    password: Secret,
}

async fn password(
    visit: Visit,
    Query(query): Query<OnwardQuery>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let onward = Onward::from(query);
    if visit.person.is_some() {
        return Ok(answer::see_other(&onward.address()));
    }
    let address = visit.peer.address.ip();
    match visit.state.identity.password(form.user.trim(), &form.password, address, visit.now).await {
        Ok(Progress::SignedIn(signed_in)) => enter(&visit, signed_in, &onward).await,
        Ok(Progress::Next(next)) => {
            let onward = format!("/sign-in/code{}", onward.query());
            Ok(with_cookie(answer::see_other(&onward), &cookies::set_for(cookies::STEP, &next.state, 300)))
        }
        Err(failure) => first_step(&visit, &onward, Some(failure)),
    }
}

async fn code_page(visit: Visit, Query(query): Query<OnwardQuery>, head: HeaderMap) -> Result<Response, Problem> {
    second_step(&visit, &query.into(), Step { recovery: false, state: step(&head) }, None)
}

async fn recovery_page(visit: Visit, Query(query): Query<OnwardQuery>, head: HeaderMap) -> Result<Response, Problem> {
    second_step(&visit, &query.into(), Step { recovery: true, state: step(&head) }, None)
}

#[derive(Deserialize)]
struct CodeForm {
    code: Secret,
    /// Given only by one who has nothing left but the recovery codes.
    #[serde(default)]
    user: String,
}

/// The second step: with which kind of code, and after which first step.
#[derive(Clone, Copy)]
struct Step<'a> {
    recovery: bool,
    state: Option<&'a str>,
}

fn step(head: &HeaderMap) -> Option<&str> {
    cookies::read(head, cookies::STEP).filter(|state| !state.is_empty())
}

async fn code(
    visit: Visit,
    query: Query<OnwardQuery>,
    head: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    finish(visit, query.0.into(), Step { recovery: false, state: step(&head) }, form).await
}

async fn recovery(
    visit: Visit,
    query: Query<OnwardQuery>,
    head: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    finish(visit, query.0.into(), Step { recovery: true, state: step(&head) }, form).await
}

async fn finish(visit: Visit, onward: Onward, step: Step<'_>, form: CodeForm) -> Result<Response, Problem> {
    if visit.person.is_some() {
        return Ok(answer::see_other(&onward.address()));
    }
    let (identity, address) = (&visit.state.identity, visit.peer.address.ip());
    let signed_in = match (step.state, step.recovery) {
        (Some(state), true) => identity.recovery_code(state, &form.code, address, visit.now).await,
        (Some(state), false) => identity.totp(state, &form.code, address, visit.now).await,
        (None, true) => identity.recover(form.user.trim(), &form.code, address, visit.now).await,
        (None, false) => Err(Failure::Expired),
    };
    match signed_in {
        Ok(signed_in) => enter(&visit, signed_in, &onward).await,
        Err(Failure::Expired) => first_step(&visit, &onward, Some(Failure::Expired)),
        Err(failure) => second_step(&visit, &onward, step, Some(failure)),
    }
}

async fn enter(visit: &Visit, signed_in: sekisho_identity::SignedIn, onward: &Onward) -> Result<Response, Problem> {
    let session = session::open(visit, signed_in).await?;
    Ok(session::enter(visit, &session, answer::see_other(&onward.address())))
}

fn first_step(visit: &Visit, onward: &Onward, failure: Option<Failure>) -> Result<Response, Problem> {
    let (status, problem) = said(visit, failure);
    let page =
        Page { scripts: &["post.js", "passkey.js"], path: format!("/sign-in{}", onward.query()), ..visit.page() };
    let to_application = onward.application.is_some();
    let answer = answer::html_at(status, &SignInPage { page, query: onward.query(), to_application, problem })?;
    // Whoever starts again has no first step behind them.
    Ok(with_cookie(leading_to(visit, onward, answer), &cookies::clear(cookies::STEP)))
}

fn second_step(visit: &Visit, onward: &Onward, step: Step<'_>, failure: Option<Failure>) -> Result<Response, Problem> {
    let (status, problem) = said(visit, failure);
    let (page, query) = (visit.page(), onward.query());
    let knows_user = step.state.is_some();
    let shown = SecondFactorPage { page, query, recovery: step.recovery, knows_user, problem };
    Ok(leading_to(visit, onward, answer::html_at(status, &shown)?))
}

fn said(visit: &Visit, failure: Option<Failure>) -> (StatusCode, Option<String>) {
    match failure {
        None => (StatusCode::OK, None),
        Some(failure) => {
            let text = failure.text().in_language(visit.language).to_owned();
            (Problem::Identity(failure).status(), Some(text))
        }
    }
}

/// Lets the page's forms lead to the application that the person came from.
pub(super) fn leading_to(visit: &Visit, onward: &Onward, mut answer: Response) -> Response {
    let resource = onward.application.as_ref().and_then(|id| access::resource(visit, id.as_str()));
    if let Some(origin) = resource.and_then(|resource| visit.state.application_origin(resource)) {
        answer.extensions_mut().insert(FormTarget(origin));
    }
    answer
}
