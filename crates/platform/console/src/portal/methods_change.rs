//! Changing my sign-in methods: passkeys, the password, recovery codes.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::{Form, Json};
use sekisho_identity::{Failure, Right, Secret};
use serde::Deserialize;
use serde_json::json;

use super::methods::{AGAIN, refused};
use super::passkey::{self, Answer};
use crate::answer;
use crate::guard::Access;
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/methods/passkey/start", Access::SignedIn, passkey_start)
        .post("/methods/passkey/finish", Access::SignedIn, passkey_finish)
        .post("/methods/{id}/rename", Access::SignedIn, rename)
        .post("/methods/{id}/remove", Access::SignedIn, remove)
        .post("/methods/password", Access::SignedIn, password)
        .post("/methods/recovery", Access::SignedIn, recovery)
}

async fn passkey_start(visit: Visit) -> Result<Response, Problem> {
    let right = Right::Session(&visit.person()?.session.id);
    match visit.state.identity.begin_registration(right, visit.now).await {
        Ok(ceremony) => Ok(passkey::begun(&ceremony)),
        Err(Failure::AuthenticateAgain { .. }) => Ok(Json(json!({ "location": AGAIN })).into_response()),
        Err(failure) => Err(failure.into()),
    }
}

async fn passkey_finish(visit: Visit, Json(answer): Json<Answer>) -> Result<Response, Problem> {
    let right = Right::Session(&visit.person()?.session.id);
    let name = visit.passkey_name(&answer.name);
    let identity = &visit.state.identity;
    identity.finish_registration(right, &answer.state, &answer.response, &name, visit.now).await?;
    Ok(passkey::go_on("/methods?done=passkey-added"))
}

#[derive(Deserialize)]
struct NameForm {
    name: String,
}

async fn rename(visit: Visit, Path(id): Path<String>, Form(form): Form<NameForm>) -> Result<Response, Problem> {
    let session = visit.person()?.session.id;
    match visit.state.identity.rename(&session, &id, form.name.trim(), visit.now).await {
        Ok(()) => Ok(answer::see_other("/methods?done=renamed")),
        Err(failure) => refused(&visit, failure).await,
    }
}

async fn remove(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let session = visit.person()?.session.id;
    match visit.state.identity.remove(&session, &id, visit.now).await {
        Ok(()) => Ok(answer::see_other("/methods?done=removed")),
        Err(failure) => refused(&visit, failure).await,
    }
}

#[derive(Deserialize)]
struct PasswordForm {
    new: Secret,
}

async fn password(visit: Visit, Form(form): Form<PasswordForm>) -> Result<Response, Problem> {
    let right = Right::Session(&visit.person()?.session.id);
    match visit.state.identity.set_password(right, &form.new, visit.now).await {
        Ok(_) => Ok(answer::see_other("/methods?done=password-set")),
        Err(failure) => refused(&visit, failure).await,
    }
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    page: Page,
    codes: Vec<Secret>,
}

async fn recovery(visit: Visit) -> Result<Response, Problem> {
    let session = visit.person()?.session.id;
    match visit.state.identity.new_recovery_codes(&session, visit.now).await {
        Ok(codes) => {
            let page = Page { path: "/methods".to_owned(), ..visit.page() };
            answer::html(&RecoveryCodesPage { page, codes })
        }
        Err(failure) => refused(&visit, failure).await,
    }
}
