//! Who may use a published application, and from what: changed in the form in which it was published.

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Desired, Plan};
use sekisho_model::documents::{Kind, Resource};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, documents};
use serde_json::json;

use super::application::Application;
use super::page::{devices, groups};
use super::policy::Permission;
use crate::acting::{actor, current, demand};
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
    /// The revision of the policy that the form was filled from.
    revision: u64,
}

async fn begin(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    demand(&context, &PUT, None).await?;
    let resource = resource(&context, &id).await?;
    // What somebody wrote by hand is changed by hand.
    match stored(&context, &id).await?.ok_or(Problem::NotFound)? {
        (revision, Some(permission)) => show(&context, &resource, &permission.typed(), Found::at(revision)).await,
        _ => Ok(by_hand(&id)),
    }
}

fn by_hand(id: &str) -> Response {
    answer::see_other(&format!("/console/documents/policy/{}/edit", Application::policy_id(id)))
}

/// What the page is shown with.
struct Found {
    revision: u64,
    wrong: Vec<Wrong>,
    plan: Option<Plan>,
}

impl Found {
    const fn at(revision: u64) -> Self {
        Self { revision, wrong: Vec::new(), plan: None }
    }
}

/// Shows what the change would do; puts it in force when that was asked for.
async fn change(
    context: Context,
    Path(id): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (resource, typed) = (resource(&context, &id).await?, Typed(typed));
    let (revision, Some(now)) = stored(&context, &id).await?.ok_or(Problem::NotFound)? else { return Ok(by_hand(&id)) };
    if typed.trimmed("revision") != revision.to_string() {
        // Somebody else was faster: what is shown is what is in force.
        let wrong = vec![Wrong { field: None, why: Why::Key("wrong-overtaken") }];
        return show(&context, &resource, &now.typed(), Found { wrong, ..Found::at(revision) }).await;
    }
    let permission = match Permission::read(&typed) {
        Ok(permission) => permission,
        Err(key) => {
            let wrong = vec![Wrong { field: Some("people"), why: Why::Key(key) }];
            return show(&context, &resource, &typed, Found { wrong, ..Found::at(revision) }).await;
        }
    };
    let name = (resource.name.en.clone(), resource.name.ja.clone().unwrap_or_else(|| resource.name.en.clone()));
    let policy = Application::policy_id(&id);
    let body = json!({ "text": permission.text(&id, &name) });
    let desired = Desired { kind: Kind::Policy, id: policy.clone(), body, origin: policy };
    let control_plane = &context.services.control_plane;
    let wrong = match control_plane.plan(&[desired], false).await {
        Ok(plan) if typed.get("save").is_some() && expects(&plan, revision) => {
            match control_plane.execute(&plan, actor(&context)?).await {
                Ok(_) => return Ok(answer::see_other(&format!("/console/applications/{id}/published?done=changed"))),
                Err(error) => refusal::wrong(Kind::Policy, error)?,
            }
        }
        Ok(plan) => {
            return show(&context, &resource, &typed, Found { plan: Some(plan), ..Found::at(revision) }).await;
        }
        Err(error) => refusal::wrong(Kind::Policy, error)?,
    };
    show(&context, &resource, &typed, Found { wrong, ..Found::at(revision) }).await
}

/// Whether a plan changes that revision, and no later one.
fn expects(plan: &Plan, revision: u64) -> bool {
    plan.steps.iter().all(|step| step.expected == Some(revision))
}

async fn resource(context: &Context, id: &str) -> Result<Resource, Problem> {
    documents::get(context, Kind::Resource, id).await?.ok_or(Problem::NotFound)
}

/// The policy of the publication: its revision, and what it permits where the form can say it.
async fn stored(context: &Context, id: &str) -> Result<Option<(u64, Option<Permission>)>, Problem> {
    let document = current(context, Kind::Policy, &Application::policy_id(id)).await?;
    Ok(document.map(|document| {
        let text = document.body.get("text").and_then(serde_json::Value::as_str).unwrap_or_default();
        (document.revision, Permission::of_text(id, text))
    }))
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
        revision: found.revision,
        page,
    };
    answer::html_at(status, &shown)
}
