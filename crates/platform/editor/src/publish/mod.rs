//! Publishing an application: one page that asks what it is, tries its address, shows who could open it, and writes resource and policy
//! together; and the page of an application, from which that is changed and taken back.

mod application;
mod certificate;
mod page;
mod permission;
mod policy;
mod published;

use axum::extract::Form;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Desired, Plan, StepChange};
use sekisho_model::documents::{Kind, Resource};
use sekisho_web::{Access, Problem, answer};

use crate::acting::{actor, current, demand};
use crate::form::{Typed, Why, Wrong};
use crate::{Context, Routes, refusal};

use application::Application;
use page::{Found, show};

/// Writing the resource of an application.
const PUT: sekisho_capability::ActSpec = table::putting(Kind::Resource);

pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = routes.get("/console/applications/publish", Access::Act(table::RESOURCES_READ), begin).post(
        "/console/applications/publish",
        Access::Act(PUT),
        publish,
    );
    permission::routes(published::routes(routes))
}

async fn begin(context: Context) -> Result<Response, Problem> {
    demand(&context, &PUT, None).await?;
    demand(&context, &table::putting(Kind::Policy), None).await?;
    show(&context, &Typed::default(), Found::default()).await
}

/// Tries what was typed and shows what it would do; publishes it when that was asked for.
async fn publish(context: Context, Form(typed): Form<Vec<(String, String)>>) -> Result<Response, Problem> {
    demand(&context, &table::putting(Kind::Policy), None).await?;
    let (typed, application) = match Application::of(&context.site.portal, Typed(typed)) {
        (typed, Ok(application)) => (typed, application),
        (typed, Err(wrong)) => return show(&context, &typed, Found { wrong, ..Found::default() }).await,
    };
    if let Some(wrong) = taken(&context, &application).await? {
        return show(&context, &typed, Found { wrong: vec![wrong], ..Found::default() }).await;
    }
    let planned = context.services.control_plane.plan(&application.documents(), false).await;
    let plan = match planned {
        Ok(plan) if plan.steps.iter().all(|step| step.change == StepChange::Create) => plan,
        Ok(_) => return show(&context, &typed, Found { wrong: vec![is_taken()], ..Found::default() }).await,
        Err(error) => {
            let wrong = refusal::wrong(Kind::Resource, error)?;
            return show(&context, &typed, Found { wrong, ..Found::default() }).await;
        }
    };
    if typed.get("publish").is_some() && application.is_trusted() {
        return published(&context, &typed, (&application, &plan)).await;
    }
    let resource: Option<Resource> = serde_json::from_value(application.resource()).ok();
    let probed = match resource {
        Some(resource) => context.services.probe.ask(resource).await,
        None => crate::Probed::default(),
    };
    show(&context, &typed, Found { tried: Some((application, plan, probed)), ..Found::default() }).await
}

async fn published(
    context: &Context,
    typed: &Typed,
    (application, plan): (&Application, &Plan),
) -> Result<Response, Problem> {
    match context.services.control_plane.execute(plan, actor(context)?).await {
        Ok(_) => Ok(answer::see_other(&format!("/console/applications/{}/published?done=yes", application.id))),
        Err(error) => {
            let wrong = refusal::wrong(Kind::Resource, error)?;
            show(context, typed, Found { wrong, ..Found::default() }).await
        }
    }
}

/// An application changes nothing that is there: what is published, and its policy, are new.
async fn taken(context: &Context, application: &Application) -> Result<Option<Wrong>, Problem> {
    for Desired { kind, id, .. } in application.documents() {
        if current(context, kind, &id).await?.is_some() {
            return Ok(Some(is_taken()));
        }
    }
    let host = context.world.resource_by_host(&application.host).is_some();
    Ok(host.then_some(Wrong { field: Some("host"), why: Why::Key("wrong-host-taken") }))
}

const fn is_taken() -> Wrong {
    Wrong { field: Some("id"), why: Why::Key("wrong-taken") }
}
