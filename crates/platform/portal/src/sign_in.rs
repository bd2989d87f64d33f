//! Signing in: user name and password, then the authenticator app or a recovery code.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use sekisho_identity::{Failure, Progress, Secret};
use sekisho_web::answer::{self, FormTarget, with_cookie};
use sekisho_web::page::Page;
use sekisho_web::{Access, Person, Problem, access, cookies};
use serde::Deserialize;

use crate::return_to::{ReturnTo, ReturnToQuery};
use crate::{Context, Routes, ended, federated, session};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/sign-in", Access::Anyone, page)
        .post("/sign-in", Access::Anyone, password)
        .get("/sign-in/code", Access::Anyone, code_page)
        .post("/sign-in/code", Access::Anyone, code)
        .get("/sign-in/recovery", Access::Anyone, recovery_page)
        .post("/sign-in/recovery", Access::Anyone, recovery)
}

/// The scripts of a page on which somebody signs in.
pub(crate) const SCRIPTS: &[&str] = &["post.js", "passkey.js", "fragment.js"];

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    query: String,
    to_application: bool,
    /// Why the session ended that this browser held.
    ended: Option<&'static str>,
    problem: Option<String>,
    /// The identity providers, by identifier and name.
    providers: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    page: Page,
    query: String,
    recovery: bool,
    /// The first step, sealed, when the password was right already; empty when the page does not know whom it asks.
    state: String,
    problem: Option<String>,
}

async fn page(context: Context, Query(query): Query<ReturnToQuery>) -> Result<Response, Problem> {
    let return_to = ReturnTo::from(query);
    if context.person.is_some() {
        return Ok(answer::see_other(&return_to.address()));
    }
    first_step(&context, &return_to, None).await
}

/// The answer to a step of signing in where somebody is signed in already, in another tab: on to where the step leads. One who gave
/// another name first reads whose session it is.
#[derive(Template)]
#[template(path = "already_signed_in.html")]
struct AlreadyPage {
    page: Page,
    name: String,
    address: String,
}

fn already(context: &Context, person: &Person, typed: &str, return_to: &ReturnTo) -> Result<Response, Problem> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() || typed == person.id.as_str() {
        return Ok(answer::see_other(&return_to.address_when_already_signed_in()));
    }
    let (page, name) = (Page { scripts: &["fragment.js"], ..context.page() }, person.name.clone());
    answer::html(&AlreadyPage { page, name, address: return_to.address() })
}

#[derive(Deserialize)]
struct PasswordForm {
    user: String,
    password: Secret,
}

async fn password(
    context: Context,
    Query(query): Query<ReturnToQuery>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let return_to = ReturnTo::from(query);
    if let Some(person) = &context.person {
        return already(&context, person, &form.user, &return_to);
    }
    let from = session::origin(&context, &form.user);
    match context.services.identity.password(form.user.trim(), &form.password, from, context.now).await {
        Ok(Progress::SignedIn(signed_in)) => enter(&context, signed_in, &return_to).await,
        Ok(Progress::Next(next)) => {
            let return_to = format!("/sign-in/code{}", return_to.query());
            Ok(with_cookie(answer::see_other(&return_to), &cookies::set_for(cookies::STEP, &next.state, 300)))
        }
        Err(failure) => first_step(&context, &return_to, Some(failure)).await,
    }
}

async fn code_page(context: Context, Query(query): Query<ReturnToQuery>, head: HeaderMap) -> Result<Response, Problem> {
    second_step(&context, &query.into(), Step { recovery: false, state: step(&head) }, None)
}

async fn recovery_page(
    context: Context,
    Query(query): Query<ReturnToQuery>,
    head: HeaderMap,
) -> Result<Response, Problem> {
    let state = if query.is_only_step() { None } else { step(&head) };
    second_step(&context, &query.into(), Step { recovery: true, state }, None)
}

#[derive(Deserialize)]
struct CodeForm {
    code: Secret,
    /// The first step, as the page that asked for the code knew it; empty where there was none. Another tab may have begun another
    /// sign-in since, which the cookie tells of.
    state: Option<String>,
    /// Only for a sign-in with a recovery code alone.
    #[serde(default)]
    user: String,
}

/// The second step: with which kind of code, and after which first step.
#[derive(Clone, Copy)]
struct Step<'a> {
    recovery: bool,
    state: Option<&'a str>,
}

impl CodeForm {
    fn step<'a>(&'a self, recovery: bool, head: &'a HeaderMap) -> Step<'a> {
        let state = match &self.state {
            Some(state) => Some(state.as_str()).filter(|state| !state.is_empty()),
            None => step(head),
        };
        Step { recovery, state }
    }
}

fn step(head: &HeaderMap) -> Option<&str> {
    cookies::read(head, cookies::STEP).filter(|state| !state.is_empty())
}

async fn code(
    context: Context,
    query: Query<ReturnToQuery>,
    head: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    finish(context, query.0.into(), form.step(false, &head), &form).await
}

async fn recovery(
    context: Context,
    query: Query<ReturnToQuery>,
    head: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    finish(context, query.0.into(), form.step(true, &head), &form).await
}

async fn finish(context: Context, return_to: ReturnTo, step: Step<'_>, form: &CodeForm) -> Result<Response, Problem> {
    if let Some(person) = &context.person {
        return already(&context, person, &form.user, &return_to);
    }
    let (identity, address) = (&context.services.identity, context.peer.address.ip());
    let from = session::origin(&context, &form.user);
    let signed_in = match (step.state, step.recovery) {
        (Some(state), true) => identity.recovery_code(state, &form.code, address, context.now).await,
        (Some(state), false) => identity.totp(state, &form.code, address, context.now).await,
        (None, true) => identity.recover(form.user.trim(), &form.code, from, context.now).await,
        (None, false) => Err(Failure::Expired),
    };
    match signed_in {
        Ok(signed_in) => enter(&context, signed_in, &return_to).await,
        Err(Failure::Expired) => first_step(&context, &return_to, Some(Failure::Expired)).await,
        Err(failure) => second_step(&context, &return_to, step, Some(failure)),
    }
}

async fn enter(
    context: &Context,
    signed_in: sekisho_identity::SignedIn,
    return_to: &ReturnTo,
) -> Result<Response, Problem> {
    let session = session::open(context, signed_in).await?;
    Ok(session::enter(context, &session, answer::see_other(&return_to.address())))
}

async fn first_step(context: &Context, return_to: &ReturnTo, failure: Option<Failure>) -> Result<Response, Problem> {
    let (status, problem) = said(context, failure);
    let page = Page { scripts: SCRIPTS, path: format!("/sign-in{}", return_to.query()), ..context.page() };
    let to_application = return_to.application.is_some();
    let again = problem.is_some();
    let ended = if again { None } else { ended::of(context).await };
    let (query, providers) = (return_to.query(), federated::offered(context).await);
    let answer = answer::html_at(status, &SignInPage { page, query, to_application, ended, problem, providers })?;
    let answer = leading_to(context, return_to, answer);
    // A sign-in that starts again has no finished first step. One that another tab begins leaves this one's.
    Ok(if again { with_cookie(answer, &cookies::clear(cookies::STEP)) } else { answer })
}

fn second_step(
    context: &Context,
    return_to: &ReturnTo,
    step: Step<'_>,
    failure: Option<Failure>,
) -> Result<Response, Problem> {
    let (status, problem) = said(context, failure);
    let (page, query) = (Page { scripts: &["fragment.js"], ..context.page() }, return_to.query());
    let state = step.state.unwrap_or_default().to_owned();
    let shown = SecondFactorPage { page, query, recovery: step.recovery, state, problem };
    Ok(leading_to(context, return_to, answer::html_at(status, &shown)?))
}

fn said(context: &Context, failure: Option<Failure>) -> (StatusCode, Option<String>) {
    match failure {
        None => (StatusCode::OK, None),
        Some(failure) => {
            let text = failure.text().in_language(context.language).to_owned();
            (Problem::from(failure).status(), Some(text))
        }
    }
}

/// Lets the page's forms lead to the application that the person came from. A stranger is not told by that which applications there are,
/// and where: their forms may lead to any host, whatever is asked for.
pub(crate) fn leading_to(context: &Context, return_to: &ReturnTo, mut answer: Response) -> Response {
    if context.person.is_none() {
        if return_to.application.is_some() {
            answer.extensions_mut().insert(FormTarget("https:".to_owned()));
        }
        return answer;
    }
    let resource = return_to.application.as_ref().and_then(|id| access::resource(context, id.as_str()));
    if let Some(origin) = resource.and_then(|resource| context.site.application_origin(resource)) {
        answer.extensions_mut().insert(FormTarget(origin));
    }
    answer
}
