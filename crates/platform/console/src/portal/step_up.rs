//! Authenticating again, in the same session and as the same person, with what the destination asks for.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use axum::{Form, Json};
use http::StatusCode;
use sekisho_identity::{Failure, Progress, Secret, SignedIn};
use sekisho_model::{Method, Text};
use serde::Deserialize;

use super::passkey::{self, Answer};
use super::{session, sign_in};
use crate::access::{self, Demand};
use crate::answer;
use crate::guard::Access;
use crate::onward::{Onward, OnwardQuery};
use crate::page::Page;
use crate::problem::Problem;
use crate::refused;
use crate::routes::Routes;
use crate::verdict::explained;
use crate::visit::{Person, Visit};

pub(super) fn routes(routes: Routes) -> Routes {
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
}

/// The ways to authenticate that this destination and this account leave.
#[derive(Debug, Clone, Copy)]
struct Ways {
    passkey: bool,
    has_passkey: bool,
    password: bool,
    code: bool,
}

async fn page(visit: Visit, Query(query): Query<OnwardQuery>) -> Result<Response, Problem> {
    let onward = Onward::from(query);
    match access::demand(&visit, visit.person()?, &onward)? {
        Demand::Met => Ok(answer::see_other(&onward.address())),
        Demand::Hopeless(decision, resource) => refused::preview(&visit, &decision, &resource),
        Demand::Assurance { .. } => shown(&visit, &onward, None).await,
    }
}

#[derive(Deserialize)]
struct PasswordForm {
    password: Secret,
    #[serde(default)]
    code: Secret,
}

async fn password(
    visit: Visit,
    Query(query): Query<OnwardQuery>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let onward = Onward::from(query);
    if !ways(&visit, visit.person()?, &onward).await?.password {
        return shown(&visit, &onward, Some(Failure::Weaker)).await;
    }
    match by_password(&visit, &form).await {
        Ok(signed_in) => match session::open(&visit, signed_in).await {
            Ok(session) => Ok(session::enter(&visit, &session, answer::see_other(&onward.address()))),
            Err(Problem::Identity(failure)) => shown(&visit, &onward, Some(failure)).await,
            Err(problem) => Err(problem),
        },
        Err(Problem::Identity(failure)) => shown(&visit, &onward, Some(failure)).await,
        Err(problem) => Err(problem),
    }
}

/// The person of the session is the only one who can authenticate here: nobody else's name is ever asked for.
async fn by_password(visit: &Visit, form: &PasswordForm) -> Result<SignedIn, Problem> {
    let (identity, address) = (&visit.state.identity, visit.peer.address.ip());
    let user = visit.person()?.id.as_str();
    match identity.password(user, &form.password, address, visit.now).await? {
        Progress::SignedIn(signed_in) => Ok(signed_in),
        Progress::Next(next) => Ok(identity.totp(&next.state, &form.code, address, visit.now).await?),
    }
}

async fn passkey_start(visit: Visit) -> Result<Response, Problem> {
    let user = visit.person()?.id.as_str();
    let ceremony = visit.state.identity.begin_passkey(Some(user), visit.peer.address.ip(), visit.now).await?;
    Ok(passkey::begun(&ceremony))
}

async fn passkey_finish(
    visit: Visit,
    Query(query): Query<OnwardQuery>,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let (identity, address) = (&visit.state.identity, visit.peer.address.ip());
    let signed_in = identity.finish_passkey(&answer.state, &answer.response, address, visit.now).await?;
    let session = session::open(&visit, signed_in).await?;
    Ok(session::enter(&visit, &session, passkey::go_on(&Onward::from(query).address())))
}

async fn ways(visit: &Visit, person: &Person, onward: &Onward) -> Result<Ways, Problem> {
    let assurance = match access::demand(visit, person, onward)? {
        Demand::Assurance { assurance, .. } => assurance,
        Demand::Met | Demand::Hopeless(..) => 1,
    };
    let authenticators = visit.state.identity.authenticators(&person.id).await?;
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

async fn shown(visit: &Visit, onward: &Onward, failure: Option<Failure>) -> Result<Response, Problem> {
    let person = visit.person()?;
    let reasons = match access::demand(visit, person, onward)? {
        Demand::Assurance { decision: Some(decision), .. } => explained(&decision, visit.language).0,
        _ => Vec::new(),
    };
    let name = |text: &Text| text.in_language(visit.language).to_owned();
    let shown = StepUpPage {
        page: Page { scripts: &["post.js", "passkey.js"], path: format!("/step-up{}", onward.query()), ..visit.page() },
        query: onward.query(),
        destination: access::destination(visit, onward).map(|resource| name(&resource.name)),
        account: person.name.clone(),
        reasons,
        ways: ways(visit, person, onward).await?,
        problem: failure.as_ref().map(|failure| name(&failure.text())),
    };
    let status = failure.map_or(StatusCode::OK, |failure| Problem::Identity(failure).status());
    Ok(sign_in::leading_to(visit, onward, answer::html_at(status, &shown)?))
}
