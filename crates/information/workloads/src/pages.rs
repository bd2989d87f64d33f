//! The console's page of workloads: how each stands, what it proves itself with, and what is taken away.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use sekisho_model::{Actor, Language, SessionId, Text, WorkloadId};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};

use crate::Workloads;
use crate::acts::{WORKLOAD_CREDENTIAL_REVOKED, WORKLOAD_DISABLED, WORKLOAD_ENABLED, WORKLOADS_READ};
use crate::refusal::Refusal;
use crate::views::{CredentialView, WorkloadView, credentials};

const PATH: &str = "/console/workloads";

type Context = RequestContext<Workloads>;

/// One page in the console.
#[must_use]
pub const fn pages<S: AsRef<Workloads>>() -> Pages<S> {
    Pages {
        name: "workloads",
        routes: |state| {
            Routes::new()
                .get(PATH, Access::Act(WORKLOADS_READ), list)
                .post("/console/workloads/{workload}/disable", Access::Act(WORKLOAD_DISABLED), disable)
                .post("/console/workloads/{workload}/enable", Access::Act(WORKLOAD_ENABLED), enable)
                .post(
                    "/console/workloads/{workload}/credentials/{credential}/revoke",
                    Access::Act(WORKLOAD_CREDENTIAL_REVOKED),
                    revoke,
                )
                .with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, PATH, "place-workloads", WORKLOADS_READ)];

#[derive(Template)]
#[template(path = "workloads.html")]
struct WorkloadsPage {
    page: Page,
    rows: Vec<Row>,
    credentials: Vec<CredentialView>,
    may_disable: bool,
    may_enable: bool,
    may_revoke: bool,
}

/// A workload.
struct Row {
    view: WorkloadView,
    class: &'static str,
    state: &'static str,
    is_disabled: bool,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let views = context.services.views(&context.world, context.now);
    answer::html(&WorkloadsPage {
        page: context.page_with_times(),
        rows: views.into_iter().map(row).collect(),
        credentials: credentials(&context.world, None, context.now),
        may_disable: access::may(&context, &WORKLOAD_DISABLED, None),
        may_enable: access::may(&context, &WORKLOAD_ENABLED, None),
        may_revoke: access::may(&context, &WORKLOAD_CREDENTIAL_REVOKED, None),
    })
}

fn row(view: WorkloadView) -> Row {
    let (class, state) = match view.state {
        "active" => ("pass", "workload-active"),
        "disabled" => ("stop", "workload-disabled"),
        _ => ("stop", "workload-owner-unusable"),
    };
    Row { is_disabled: view.state == "disabled", view, class, state }
}

async fn disable(context: Context, Path(workload): Path<String>) -> Result<Response, Problem> {
    set_disabled(context, &workload, true).await
}

async fn enable(context: Context, Path(workload): Path<String>) -> Result<Response, Problem> {
    set_disabled(context, &workload, false).await
}

async fn set_disabled(context: Context, workload: &str, disabled: bool) -> Result<Response, Problem> {
    let id: WorkloadId = workload.parse().map_err(|_| Problem::NotFound)?;
    let done = context.services.set_disabled(&id, disabled, administrator(&context)?, context.now).await;
    shown(&context, done).await
}

async fn revoke(context: Context, Path((workload, credential)): Path<(String, String)>) -> Result<Response, Problem> {
    let id: WorkloadId = workload.parse().map_err(|_| Problem::NotFound)?;
    let credential = SessionId::from_hex(&credential).ok_or(Problem::NotFound)?;
    let done = context.services.revoke(&id, &credential, administrator(&context)?, context.now).await;
    shown(&context, done).await
}

/// Back to the page, once the World shows the change.
async fn shown(context: &Context, done: Result<u64, Refusal>) -> Result<Response, Problem> {
    let revision = done.map_err(|refusal| match refusal {
        Refusal::Unknown | Refusal::UnknownCredential => Problem::NotFound,
        Refusal::Changed | Refusal::TooMany | Refusal::CertificateRequest => Problem::refused(
            StatusCode::CONFLICT,
            Text {
                en: "Somebody changed this workload at the same time. Try again.".to_owned(),
                ja: Some("このワークロードは同時に変更されました。もう一度実行してください。".to_owned()),
            },
        ),
        Refusal::Unavailable => Problem::Unavailable,
    })?;
    let mut world = context.services.services.world.clone();
    let seen = world.wait_for(|world| world.revision() >= revision);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), seen).await;
    Ok(answer::see_other(PATH))
}

fn administrator(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}
