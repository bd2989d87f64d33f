//! The one-time link: the first authenticator of an account.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use axum::{Form, Json};
use http::StatusCode;
use sekisho_identity::{Enrolled, Failure, Right, Secret};
use serde::Deserialize;

use super::passkey::{self, Answer};
use super::session;
use crate::answer;
use crate::guard::Access;
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;

/// Where a new account goes on to: the other sign-in methods.
const NEXT: &str = "/methods?done=welcome";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/enroll/{token}", Access::Anyone, page)
        .post("/enroll/{token}/password", Access::Anyone, password)
        .post("/enroll/{token}/passkey/start", Access::Anyone, passkey_start)
        .post("/enroll/{token}/passkey/finish", Access::Anyone, passkey_finish)
}

#[derive(Template)]
#[template(path = "enrolment.html")]
struct EnrolmentPage {
    page: Page,
    token: String,
    account: String,
    name: String,
    problem: Option<String>,
}

async fn page(visit: Visit, Path(token): Path<String>) -> Result<Response, Problem> {
    shown(&visit, token, None).await
}

#[derive(Deserialize)]
struct PasswordForm {
    new: Secret,
}

async fn password(
    visit: Visit,
    Path(token): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    nobody_signed_in(&visit)?;
    match visit.state.identity.set_password(Right::Link(&token), &form.new, visit.now).await {
        Ok(enrolled) => enter(&visit, enrolled, answer::see_other(NEXT)).await,
        Err(failure @ Failure::PasswordRefused(_)) => shown(&visit, token, Some(failure)).await,
        Err(failure) => Err(failure.into()),
    }
}

async fn passkey_start(visit: Visit, Path(token): Path<String>) -> Result<Response, Problem> {
    nobody_signed_in(&visit)?;
    let ceremony = visit.state.identity.begin_registration(Right::Link(&token), visit.now).await?;
    Ok(passkey::begun(&ceremony))
}

async fn passkey_finish(
    visit: Visit,
    Path(token): Path<String>,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    nobody_signed_in(&visit)?;
    let (identity, right) = (&visit.state.identity, Right::Link(&token));
    let name = visit.passkey_name(&answer.name);
    let enrolled = identity.finish_registration(right, &answer.state, &answer.response, &name, visit.now).await?;
    enter(&visit, enrolled, passkey::go_on(NEXT)).await
}

/// A link is for somebody who has no session yet; one must not be turned into another's.
fn nobody_signed_in(visit: &Visit) -> Result<(), Problem> {
    if visit.person.is_some() { Err(Problem::Identity(Failure::OtherUser)) } else { Ok(()) }
}

async fn enter(visit: &Visit, enrolled: Enrolled, answer: Response) -> Result<Response, Problem> {
    match enrolled.signed_in {
        Some(signed_in) => {
            let session = session::open(visit, signed_in).await?;
            Ok(session::enter(visit, &session, answer))
        }
        None => Ok(answer),
    }
}

async fn shown(visit: &Visit, token: String, failure: Option<Failure>) -> Result<Response, Problem> {
    let invitation = visit.state.identity.invitation(&token, visit.now).await?;
    let problem = failure.as_ref().map(|failure| failure.text().in_language(visit.language).to_owned());
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = Page { scripts: &["post.js", "passkey.js"], path: format!("/enroll/{token}"), ..visit.page() };
    let (account, name) = (invitation.user.to_string(), invitation.name);
    answer::html_at(status, &EnrolmentPage { page, token, account, name, problem })
}
