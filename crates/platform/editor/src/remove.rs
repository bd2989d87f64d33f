//! Removing documents: what it would do, and doing it.

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::display_name;
use sekisho_model::documents::Kind;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::acting::{actor, current, kind};
use crate::form::Typed;
use crate::impact::ImpactView;
use crate::{Context, Routes, fields, refusal};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.post("/console/documents/{kind}/remove", Access::OfKind(&[table::removing]), remove)
}

#[derive(Template)]
#[template(path = "remove.html")]
struct RemovePage {
    page: Page,
    kind: Kind,
    kind_name: String,
    id: String,
    name: String,
    revision: u64,
    problems: Vec<String>,
    overtaken: bool,
    impact: ImpactView,
}

async fn remove(
    context: Context,
    Path(name): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (kind, typed) = (kind(&name)?, Typed(typed));
    let id = typed.trimmed("id");
    let now = current(&context, kind, &id).await?.ok_or(Problem::NotFound)?;
    let confirmed: Option<u64> = typed.trimmed("confirmed").parse().ok();
    let planned = context.services.control_plane.plan_removal(kind, &id).await;
    let mut problems = Vec::new();
    let mut impact = ImpactView::default();
    match planned {
        Ok(None) => return Err(Problem::NotFound),
        Ok(Some(plan))
            if confirmed == Some(now.revision) && plan.steps.iter().all(|step| step.expected == confirmed) =>
        {
            match context.services.control_plane.execute(&plan, actor(&context)?).await {
                Ok(_) => {
                    return Ok(answer::see_other(&format!("/console/documents/{kind}/{id}/history?removed=yes")));
                }
                Err(error) => problems = refusal::wrong(kind, error)?,
            }
        }
        Ok(Some(plan)) => impact = ImpactView::of(&context, &plan),
        Err(error) => problems = refusal::wrong(kind, error)?,
    }
    let overtaken = confirmed.is_some_and(|confirmed| confirmed != now.revision);
    let status = match (problems.is_empty(), overtaken) {
        (false, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (true, true) => StatusCode::CONFLICT,
        (true, false) => StatusCode::OK,
    };
    let page = context.page();
    let shown = RemovePage {
        kind,
        kind_name: page.say(fields::name_of(kind)),
        name: display_name(&now.body).unwrap_or_else(|| id.clone()),
        id,
        revision: now.revision,
        problems: problems.iter().map(|one| refusal::said(&context, &one.why)).collect(),
        overtaken,
        impact,
        page,
    };
    answer::html_at(status, &shown)
}
