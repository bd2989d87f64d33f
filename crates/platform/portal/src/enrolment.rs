//! The one-time link: the first authenticator of an account.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use axum::{Form, Json};
use http::StatusCode;
use sekisho_identity::{Enrolled, Failure, Right, Secret};
use sekisho_policy_enforcement::percent_decode;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};
use serde::Deserialize;

use crate::passkey::{self, Answer};
use crate::{Context, Routes, session};

/// Where a new account goes on to: the other sign-in methods.
const NEXT: &str = "/methods?done=welcome";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/enroll/{token}", Access::Anyone, page)
        .post("/enroll/{token}/password", Access::Anyone, password)
        .post("/enroll/{token}/passkey/start", Access::Anyone, passkey_start)
        .post("/enroll/{token}/passkey/finish", Access::Anyone, passkey_finish)
}

/// The token of the enrolment link in a path of the portal, as browsers write it.
#[must_use]
pub fn token_in(path: &str) -> Option<String> {
    let token = path.strip_prefix("/enroll/")?.split('/').next()?;
    percent_decode(token)
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

async fn page(context: Context, Path(token): Path<String>) -> Result<Response, Problem> {
    shown(&context, token, None).await
}

#[derive(Deserialize)]
struct PasswordForm {
    new: Secret,
}

async fn password(
    context: Context,
    Path(token): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    nobody_signed_in(&context)?;
    match context.services.identity.set_password(Right::Link(&token), &form.new, context.now).await {
        Ok(enrolled) => enter(&context, enrolled, answer::see_other(NEXT)).await,
        Err(failure @ Failure::PasswordRefused(_)) => shown(&context, token, Some(failure)).await,
        Err(failure) => Err(failure.into()),
    }
}

async fn passkey_start(context: Context, Path(token): Path<String>) -> Result<Response, Problem> {
    nobody_signed_in(&context)?;
    let ceremony = context.services.identity.begin_registration(Right::Link(&token), context.now).await?;
    Ok(passkey::begun(&ceremony))
}

async fn passkey_finish(
    context: Context,
    Path(token): Path<String>,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    nobody_signed_in(&context)?;
    let (identity, right) = (&context.services.identity, Right::Link(&token));
    let name = answer.passkey_name(&context);
    let enrolled = identity.finish_registration(right, &answer.state, &answer.response, &name, context.now).await?;
    enter(&context, enrolled, passkey::go_on(NEXT)).await
}

/// A link is for somebody who has no session yet; one must not be turned into another's.
fn nobody_signed_in(context: &Context) -> Result<(), Problem> {
    if context.person.is_some() { Err(Problem::from(Failure::OtherUser)) } else { Ok(()) }
}

async fn enter(context: &Context, enrolled: Enrolled, answer: Response) -> Result<Response, Problem> {
    match enrolled.signed_in {
        Some(signed_in) => {
            let session = session::open(context, signed_in).await?;
            Ok(session::enter(context, &session, answer))
        }
        None => Ok(answer),
    }
}

async fn shown(context: &Context, token: String, failure: Option<Failure>) -> Result<Response, Problem> {
    let invitation = context.services.identity.invitation(&token, context.now).await?;
    let problem = failure.as_ref().map(|failure| failure.text().in_language(context.language).to_owned());
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = Page { scripts: &["post.js", "passkey.js"], path: format!("/enroll/{token}"), ..context.page() };
    let (account, name) = (invitation.user.to_string(), invitation.name);
    answer::html_at(status, &EnrolmentPage { page, token, account, name, problem })
}
