//! Disabling and enabling an account, and a new enrolment link.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use sekisho_model::documents::{Kind, SessionEnd, User, UserStatus};
use sekisho_model::{Timestamp, UserId};
use sekisho_store::{CommitError, Expected, Write};

use super::{ADMINISTER, administrator, record};
use crate::answer;
use crate::page::Page;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::visit::Visit;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/console/users/{id}/disable", ADMINISTER, disable)
        .post("/console/users/{id}/enable", ADMINISTER, enable)
        .post("/console/users/{id}/link", ADMINISTER, link)
}

async fn disable(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    // Whoever disabled their own account could not undo it.
    if visit.person()?.id == id {
        return Err(Problem::OwnAccount);
    }
    set_status(&visit, &id, UserStatus::Disabled, "user-disabled").await?;
    let actor = administrator(&visit)?;
    visit.state.identity.end_all(&id, SessionEnd::AccountDisabled, actor, visit.now).await?;
    Ok(answer::see_other(&format!("/console/users/{id}?done=user-disabled")))
}

async fn enable(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    set_status(&visit, &id, UserStatus::Active, "user-enabled").await?;
    Ok(answer::see_other(&format!("/console/users/{id}?done=user-enabled")))
}

async fn set_status(visit: &Visit, id: &UserId, status: UserStatus, act: &str) -> Result<(), Problem> {
    let document = visit.state.store.get(Kind::User, id.as_str()).await?.ok_or(Problem::NotFound)?;
    let user: User = serde_json::from_value(document.body).map_err(|_| Problem::Unavailable)?;
    let body = serde_json::to_value(User { status, ..user }).map_err(|_| Problem::Unavailable)?;
    record(visit, act, format!("user/{id}")).await?;
    let expected = Expected::Revision(document.revision);
    let write = Write::Put { kind: Kind::User, id: id.to_string(), expected, body };
    let by = format!("user:{}", visit.person()?.id);
    match visit.state.store.commit(vec![write], &by, visit.now).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict { .. }) => Err(Problem::Identity(sekisho_identity::Failure::Conflict)),
        Err(error) => {
            tracing::error!(%error, "an account could not be changed");
            Err(Problem::Unavailable)
        }
    }
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkPage {
    page: Page,
    user: String,
    link: String,
    expires_at: Timestamp,
}

async fn link(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    let link = visit.state.identity.enrolment_link(&id, administrator(&visit)?, visit.now).await?;
    answer::html(&LinkPage {
        page: Page { path: format!("/console/users/{id}"), ..visit.page_with_times() },
        user: id.to_string(),
        link: visit.state.enrolment_address(link.token.expose()),
        expires_at: link.expires_at,
    })
}
