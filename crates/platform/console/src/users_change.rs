//! Disabling and enabling an account, and a new enrolment link.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use sekisho_capability::{ChangeError, Changes};
use sekisho_identity::Failure;
use sekisho_model::documents::{Kind, SessionEnd, User, UserStatus};
use sekisho_model::{Timestamp, UserId};
use sekisho_store::Expected;
use sekisho_web::page::Page;
use sekisho_web::{Problem, answer, messages};

use crate::{ADMINISTER, Context, Routes, administrator};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/console/users/{id}/disable", ADMINISTER, disable)
        .post("/console/users/{id}/enable", ADMINISTER, enable)
        .post("/console/users/{id}/link", ADMINISTER, link)
}

async fn disable(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    // A person who disabled the own account could not undo it.
    if context.person()?.id == id {
        return Err(Problem::refused(StatusCode::BAD_REQUEST, messages::text("problem-own-account-text")));
    }
    set_status(&context, &id, UserStatus::Disabled, "user-disabled").await?;
    let actor = administrator(&context)?;
    context.services.identity.end_all(&id, SessionEnd::AccountDisabled, actor, context.now).await?;
    Ok(answer::see_other(&format!("/console/users/{id}?done=user-disabled")))
}

async fn enable(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    set_status(&context, &id, UserStatus::Active, "user-enabled").await?;
    Ok(answer::see_other(&format!("/console/users/{id}?done=user-enabled")))
}

async fn set_status(context: &Context, id: &UserId, status: UserStatus, act: &str) -> Result<(), Problem> {
    let document = context.site.store.get(Kind::User, id.as_str()).await?.ok_or(Problem::NotFound)?;
    let user: User = serde_json::from_value(document.body).map_err(|_| Problem::Unavailable)?;
    let body = serde_json::to_value(User { status, ..user }).map_err(|_| Problem::Unavailable)?;
    let change = Changes::new(context.site.store.clone(), context.site.ledger.clone()).begin(
        administrator(context)?,
        act,
        format!("user/{id}"),
    );
    let change = change.put(Kind::User, id.as_str(), Expected::Revision(document.revision), body);
    match change.commit(context.now).await {
        Ok(_) => Ok(()),
        Err(ChangeError::Conflict { .. }) => Err(Failure::Conflict.into()),
        Err(error) => {
            tracing::error!(%error, "an account could not be changed");
            Err(Problem::Unavailable)
        }
    }
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    page: Page,
    user: String,
    link: String,
    expires_at: Timestamp,
}

async fn link(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let link = context.services.identity.enrolment_link(&id, administrator(&context)?, context.now).await?;
    answer::html(&LinkPage {
        page: Page { path: format!("/console/users/{id}"), ..context.page_with_times() },
        user: id.to_string(),
        link: context.site.enrolment_address(link.token.expose()),
        expires_at: link.expires_at,
    })
}
