//! Changing my sign-in methods: passkeys, the password, recovery codes.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::{Form, Json};
use sekisho_identity::{Failure, Right, Secret};
use sekisho_policy_enforcement::SessionCookie;
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem};
use serde::Deserialize;
use serde_json::json;

use crate::methods::{AGAIN, refused};
use crate::passkey::{self, Answer};
use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/methods/passkey/start", Access::SignedIn, passkey_start)
        .post("/methods/passkey/finish", Access::SignedIn, passkey_finish)
        .post("/methods/{id}/rename", Access::SignedIn, rename)
        .post("/methods/{id}/remove", Access::SignedIn, remove)
        .post("/methods/password", Access::SignedIn, password)
        .post("/methods/recovery", Access::SignedIn, recovery)
}

async fn passkey_start(context: Context) -> Result<Response, Problem> {
    let right = Right::Session(&context.person()?.session.id);
    match context.services.identity.begin_registration(right, context.now).await {
        Ok(ceremony) => Ok(passkey::begun(&ceremony)),
        Err(Failure::AuthenticateAgain { .. }) => Ok(Json(json!({ "location": AGAIN })).into_response()),
        Err(failure) => Err(failure.into()),
    }
}

async fn passkey_finish(context: Context, Json(answer): Json<Answer>) -> Result<Response, Problem> {
    let right = Right::Session(&context.person()?.session.id);
    let name = answer.passkey_name(&context);
    let identity = &context.services.identity;
    identity.finish_registration(right, &answer.state, &answer.response, &name, context.now).await?;
    Ok(passkey::go_on("/methods?done=passkey-added"))
}

#[derive(Deserialize)]
struct NameForm {
    name: String,
}

async fn rename(context: Context, Path(id): Path<String>, Form(form): Form<NameForm>) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    match context.services.identity.rename(&session, &id, form.name.trim(), context.now).await {
        Ok(()) => Ok(answer::see_other("/methods?done=renamed")),
        Err(failure) => refused(&context, failure).await,
    }
}

async fn remove(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    match context.services.identity.remove(&session, &id, context.now).await {
        Ok(true) => Ok(answer::see_other("/methods?done=removed")),
        Ok(false) => Ok(with_cookie(answer::see_other("/sign-in?done=removed-own"), &SessionCookie::clear())),
        Err(failure) => refused(&context, failure).await,
    }
}

#[derive(Deserialize)]
struct PasswordForm {
    new: Secret,
}

async fn password(context: Context, Form(form): Form<PasswordForm>) -> Result<Response, Problem> {
    let right = Right::Session(&context.person()?.session.id);
    match context.services.identity.set_password(right, &form.new, context.now).await {
        Ok(_) => Ok(answer::see_other("/methods?done=password-set")),
        Err(failure) => refused(&context, failure).await,
    }
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    page: Page,
    codes: Vec<Secret>,
    /// All of them, one on each line, for copying.
    all: Secret,
}

async fn recovery(context: Context) -> Result<Response, Problem> {
    let session = context.person()?.session.id;
    match context.services.identity.new_recovery_codes(&session, context.now).await {
        Ok(codes) => {
            let page = Page { path: "/methods".to_owned(), scripts: &["console.js"], ..context.page() };
            let all = codes.iter().map(Secret::expose).collect::<Vec<_>>().join("\n");
            let all = Secret::from(all);
            answer::html(&RecoveryCodesPage { page, codes, all })
        }
        Err(failure) => refused(&context, failure).await,
    }
}
