//! Disabling and enabling an account, and a new enrolment link.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::{Timestamp, UserId};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::{Context, Routes, acts, administrator, refused};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/console/users/{id}/disable", Access::Act(table::USER_DISABLED), disable)
        .post("/console/users/{id}/enable", Access::Act(table::USER_ENABLED), enable)
        .post("/console/users/{id}/link", Access::Act(table::ENROLMENT_LINK_MADE), link)
}

async fn disable(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    acts(&context).by(administrator(&context)?, context.now).disable_user(&id).await.map_err(refused)?;
    Ok(answer::see_other(&format!("/console/users/{id}?done=user-disabled")))
}

async fn enable(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::NotFound)?;
    acts(&context).by(administrator(&context)?, context.now).enable_user(&id).await.map_err(refused)?;
    Ok(answer::see_other(&format!("/console/users/{id}?done=user-enabled")))
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
    let acts = acts(&context);
    let link = acts.by(administrator(&context)?, context.now).make_enrolment_link(&id).await.map_err(refused)?;
    answer::html(&LinkPage {
        page: Page { path: format!("/console/users/{id}"), ..context.page_with_times() },
        user: id.to_string(),
        link: context.site.enrolment_address(link.token.expose()),
        expires_at: link.expires_at,
    })
}
