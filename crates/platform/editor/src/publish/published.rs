//! The page of an application: the way to open it, and to everything that is known of it or can be done with it.

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::Plan;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Kind, Resource};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents};
use serde::Deserialize;

use super::application::Application;
use crate::acting::{actor, current, demand};
use crate::form::{Typed, Why, Wrong};
use crate::impact::ImpactView;
use crate::{Context, Routes, refusal};

/// Removing the resource of an application.
const REMOVE: sekisho_capability::ActSpec = table::removing(Kind::Resource);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/console/applications/{id}/published", Access::Act(table::RESOURCES_READ), published).post(
        "/console/applications/{id}/take-back",
        Access::Act(REMOVE),
        take_back,
    )
}

#[derive(Deserialize)]
struct Asked {
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "published.html")]
struct PublishedPage {
    page: Page,
    id: String,
    name: String,
    origin: Option<String>,
    policy: Option<String>,
    done: Option<&'static str>,
    may_change: bool,
    may_edit: bool,
    may_take_back: bool,
}

async fn published(context: Context, Path(id): Path<String>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let resource: Resource = documents::get(&context, Kind::Resource, &id).await?.ok_or(Problem::NotFound)?;
    let policy = Application::policy_id(&id);
    let is_published = current(&context, Kind::Policy, &policy).await?.is_some();
    let may = |act| access::may(&context, &act, None);
    answer::html(&PublishedPage {
        name: resource.name.in_language(context.language).to_owned(),
        origin: context.site.application_origin(&resource),
        policy: is_published.then_some(policy),
        done: match asked.done.as_deref() {
            Some("yes") => Some("done-published"),
            Some(_) => Some("done-permission-changed"),
            None => None,
        },
        may_change: is_published && may(table::putting(Kind::Policy)),
        may_edit: [Kind::Resource, Kind::Policy].into_iter().all(|kind| may(table::putting(kind))),
        may_take_back: is_published
            && [Kind::Resource, Kind::Policy].into_iter().all(|kind| may(table::removing(kind))),
        id,
        page: context.page(),
    })
}

/// The resource of a published application: one that has the policy of its publication.
async fn resource(context: &Context, id: &str) -> Result<Resource, Problem> {
    current(context, Kind::Policy, &Application::policy_id(id)).await?.ok_or(Problem::NotFound)?;
    documents::get(context, Kind::Resource, id).await?.ok_or(Problem::NotFound)
}

#[derive(Template)]
#[template(path = "take-back.html")]
struct TakeBackPage {
    page: Page,
    id: String,
    name: String,
    problems: Vec<String>,
    impact: ImpactView,
    /// The revisions of resource and policy that were shown.
    confirmed: String,
}

/// Removes the resource of an application and the policy of its publication together.
async fn take_back(
    context: Context,
    Path(id): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    demand(&context, &table::removing(Kind::Policy), None).await?;
    let resource = resource(&context, &id).await?;
    let policy = Application::policy_id(&id);
    let typed = Typed(typed);
    let control_plane = &context.services.control_plane;
    let planned = control_plane.plan_removals(&[(Kind::Resource, &id), (Kind::Policy, &policy)]).await;
    let (mut problems, mut impact) = (Vec::new(), ImpactView::default());
    let (mut confirmed, mut overtaken) = (String::new(), false);
    match planned {
        Ok(plan) if typed.get("confirmed") == Some(revisions(&plan)) => {
            match control_plane.execute(&plan, actor(&context)?).await {
                Ok(_) => {
                    return Ok(answer::see_other(&format!("/console/documents/resource/{id}/history?removed=yes")));
                }
                Err(error) => problems = refusal::wrong(Kind::Resource, error)?,
            }
        }
        Ok(plan) => {
            (impact, confirmed) = (ImpactView::of(&context, &plan), revisions(&plan));
            overtaken = typed.get("confirmed").is_some();
        }
        Err(error) => problems = refusal::wrong(Kind::Resource, error)?,
    }
    if overtaken {
        problems.push(Wrong { field: None, why: Why::Key("wrong-overtaken") });
    }
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = TakeBackPage {
        name: resource.name.in_language(context.language).to_owned(),
        id,
        problems: problems.iter().map(|one| refusal::said(&context, &one.why)).collect(),
        impact,
        confirmed,
        page: context.page(),
    };
    answer::html_at(status, &shown)
}

/// The revisions that a plan removes.
fn revisions(plan: &Plan) -> String {
    let expected = plan.steps.iter().map(|step| step.expected.unwrap_or_default().to_string());
    expected.collect::<Vec<_>>().join(".")
}
