//! Authenticating again, in the same session and as the same person, with what the destination asks for.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use axum::{Form, Json};
use http::StatusCode;
use sekisho_identity::{Failure, Origin, Progress, Secret};
use sekisho_model::documents::Session;
use sekisho_model::{Method, Text};
use sekisho_web::page::Page;
use sekisho_web::verdict::explained;
use sekisho_web::{Access, Person, Problem, answer, refused};
use serde::Deserialize;

use crate::demand::{self, Demand};
use crate::passkey::{self, Answer};
use crate::return_to::{ReturnTo, ReturnToQuery};
use crate::{Context, Routes, federated, session, sign_in};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/step-up", Access::SignedIn, page)
        .post("/step-up", Access::SignedIn, password)
        .post("/step-up/passkey/start", Access::SignedIn, passkey_start)
        .post("/step-up/passkey/finish", Access::SignedIn, passkey_finish)
}

#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpPage {
    page: Page,
    query: String,
    destination: Option<String>,
    account: String,
    reasons: Vec<String>,
    ways: Ways,
    problem: Option<String>,
    /// The identity providers that this account is linked to, by identifier and name.
    providers: Vec<(String, String)>,
}

/// The ways to authenticate that this destination and this account leave.
#[derive(Debug, Clone, Copy)]
struct Ways {
    passkey: bool,
    has_passkey: bool,
    password: bool,
    code: bool,
}

async fn page(context: Context, Query(query): Query<ReturnToQuery>) -> Result<Response, Problem> {
    let return_to = ReturnTo::from(query);
    match demand::demand(&context, context.person()?, &return_to)? {
        Demand::Met => Ok(answer::see_other(&return_to.address())),
        Demand::Hopeless(decision, resource) => refused::preview(&context, &decision, &resource),
        Demand::Assurance { .. } => shown(&context, &return_to, None).await,
    }
}

#[derive(Deserialize)]
struct PasswordForm {
    password: Secret,
    #[serde(default)]
    code: Secret,
}

async fn password(
    context: Context,
    Query(query): Query<ReturnToQuery>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let return_to = ReturnTo::from(query);
    if !ways(&context, context.person()?, &return_to).await?.password {
        return shown(&context, &return_to, Some(Failure::Weaker)).await;
    }
    match by_password(&context, context.person()?, &form).await {
        Ok(session) => Ok(session::enter(&context, &session, answer::see_other(&return_to.address()))),
        Err(failure) => shown(&context, &return_to, Some(failure)).await,
    }
}

/// Authenticates the person of the session, and only this person: the form has no field for a name.
async fn by_password(context: &Context, person: &Person, form: &PasswordForm) -> Result<Session, Failure> {
    let (identity, from) = (&context.services.identity, origin(context, person));
    let signed_in = match identity.password(person.id.as_str(), &form.password, from, context.now).await? {
        Progress::SignedIn(signed_in) => signed_in,
        Progress::Next(next) => identity.totp(&next.state, &form.code, from, context.now).await?,
    };
    session::open(context, signed_in).await
}

async fn passkey_start(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let from = origin(&context, person);
    let ceremony = context.services.identity.begin_passkey(Some(person.id.as_str()), from, context.now).await?;
    Ok(passkey::begun(&ceremony))
}

async fn passkey_finish(
    context: Context,
    Query(query): Query<ReturnToQuery>,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let (identity, from) = (&context.services.identity, origin(&context, context.person()?));
    let signed_in = identity.finish_passkey(&answer.state, &answer.response, from, context.now).await?;
    let session = session::open(&context, signed_in).await?;
    Ok(session::enter(&context, &session, passkey::go_on(&ReturnTo::from(query).address())))
}

/// Attempts of a session's own person are counted by themselves: what others fail at from the same address does not delay them.
fn origin(context: &Context, person: &Person) -> Origin {
    Origin::in_session(person.session.id, context.peer.address.ip())
}

async fn ways(context: &Context, person: &Person, return_to: &ReturnTo) -> Result<Ways, Problem> {
    let assurance = match demand::demand(context, person, return_to)? {
        Demand::Assurance { assurance, .. } => assurance,
        Demand::Met | Demand::Hopeless(..) => 1,
    };
    let authenticators = context.services.identity.authenticators(&person.id).await?;
    let has = |method| authenticators.iter().any(|one| one.method == method && one.suspected_at.is_none());
    let enough = assurance.max(person.session.methods.assurance());
    let by_password = has(Method::Password) && enough <= if has(Method::Totp) { 2 } else { 1 };
    Ok(Ways {
        passkey: has(Method::Passkey) || !by_password,
        has_passkey: has(Method::Passkey),
        password: by_password,
        code: has(Method::Totp),
    })
}

async fn shown(context: &Context, return_to: &ReturnTo, failure: Option<Failure>) -> Result<Response, Problem> {
    let person = context.person()?;
    let reasons = match demand::demand(context, person, return_to)? {
        Demand::Assurance { decision: Some(decision), .. } => explained(&decision, context.language).0,
        _ => Vec::new(),
    };
    let name = |text: &Text| text.in_language(context.language).to_owned();
    let shown = StepUpPage {
        page: Page { scripts: sign_in::SCRIPTS, path: format!("/step-up{}", return_to.query()), ..context.page() },
        query: return_to.query(),
        destination: demand::destination(context, return_to).map(|resource| name(&resource.name)),
        account: person.name.clone(),
        reasons,
        ways: ways(context, person, return_to).await?,
        problem: failure.as_ref().map(|failure| name(&failure.text())),
        providers: federated::linked(context, person).await?,
    };
    let status = failure.map_or(StatusCode::OK, |failure| Problem::from(failure).status());
    Ok(sign_in::leading_to(context, return_to, answer::html_at(status, &shown)?))
}
