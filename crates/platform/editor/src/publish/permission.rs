//! Who may use a published application, and from what: changed in the form in which it was published.

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Desired, Plan};
use sekisho_model::documents::{Kind, PolicyFile, Resource};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, documents};
use serde_json::json;

use super::application::Application;
use super::page::{devices, groups};
use super::policy::Permission;
use crate::acting::{actor, demand};
use crate::form::{Typed, Why, Wrong};
use crate::impact::ImpactView;
use crate::inputs::Offer;
use crate::{Context, Routes, refusal};

/// Writing the policy of a publication.
const PUT: sekisho_capability::ActSpec = table::putting(Kind::Policy);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/console/applications/{id}/permission", Access::Act(table::POLICIES_READ), begin).post(
        "/console/applications/{id}/permission",
        Access::Act(PUT),
        change,
    )
}

#[derive(Template)]
#[template(path = "permission.html")]
struct PermissionPage {
    page: Page,
    id: String,
    name: String,
    groups: Vec<Offer>,
    people: String,
    devices: Vec<Offer>,
    clearance: bool,
    wrong: Option<String>,
    problems: Vec<String>,
    impact: Option<ImpactView>,
}

async fn begin(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    demand(&context, &PUT, None).await?;
    let resource = resource(&context, &id).await?;
    // What somebody wrote by hand is changed by hand.
    let Some(permission) = current(&context, &id).await? else {
        let policy = Application::policy_id(&id);
        return Ok(answer::see_other(&format!("/console/documents/policy/{policy}/edit")));
    };
    show(&context, &resource, &permission.typed(), Found::default()).await
}

/// What the page is shown with.
#[derive(Default)]
struct Found {
    wrong: Vec<Wrong>,
    plan: Option<Plan>,
}

/// Shows what the change would do; puts it in force when that was asked for.
async fn change(
    context: Context,
    Path(id): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (resource, typed) = (resource(&context, &id).await?, Typed(typed));
    current(&context, &id).await?.ok_or(Problem::NotFound)?;
    let permission = match Permission::read(&typed) {
        Ok(permission) => permission,
        Err(key) => {
            let wrong = vec![Wrong { field: Some("people"), why: Why::Key(key) }];
            return show(&context, &resource, &typed, Found { wrong, plan: None }).await;
        }
    };
    let name = (resource.name.en.clone(), resource.name.ja.clone().unwrap_or_else(|| resource.name.en.clone()));
    let policy = Application::policy_id(&id);
    let body = json!({ "text": permission.text(&id, &name) });
    let desired = Desired { kind: Kind::Policy, id: policy.clone(), body, origin: policy };
    let control_plane = &context.services.control_plane;
    let wrong = match control_plane.plan(&[desired], false).await {
        Ok(plan) if typed.get("save").is_some() => match control_plane.execute(&plan, actor(&context)?).await {
            Ok(_) => return Ok(answer::see_other(&format!("/console/applications/{id}/published?done=changed"))),
            Err(error) => refusal::wrong(Kind::Policy, error)?,
        },
        Ok(plan) => {
            return show(&context, &resource, &typed, Found { wrong: Vec::new(), plan: Some(plan) }).await;
        }
        Err(error) => refusal::wrong(Kind::Policy, error)?,
    };
    show(&context, &resource, &typed, Found { wrong, plan: None }).await
}

async fn resource(context: &Context, id: &str) -> Result<Resource, Problem> {
    documents::get(context, Kind::Resource, id).await?.ok_or(Problem::NotFound)
}

/// What the policy of the publication permits, where the form can say it.
pub(super) async fn current(context: &Context, id: &str) -> Result<Option<Permission>, Problem> {
    let policy: Option<PolicyFile> = documents::get(context, Kind::Policy, &Application::policy_id(id)).await?;
    Ok(policy.and_then(|policy| Permission::of_text(id, &policy.text)))
}

async fn show(context: &Context, resource: &Resource, typed: &Typed, found: Found) -> Result<Response, Problem> {
    let status = if found.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (beside, whole): (Vec<Wrong>, Vec<Wrong>) =
        found.wrong.into_iter().partition(|one| one.field == Some("people"));
    let page = context.page_with_times();
    let shown = PermissionPage {
        id: resource.id.to_string(),
        name: resource.name.in_language(context.language).to_owned(),
        groups: groups(context, &typed.lines("groups")).await?,
        people: typed.lines("people").join("\n"),
        devices: devices(&page, &typed.trimmed("devices")),
        clearance: typed.get("clearance").is_some(),
        wrong: beside.first().map(|one| refusal::said(context, &one.why)),
        problems: whole.iter().map(|one| refusal::said(context, &one.why)).collect(),
        impact: found.plan.map(|plan| ImpactView::of(context, &plan)),
        page,
    };
    answer::html_at(status, &shown)
}
