//! The page of the directory: what an identity provider supplies, where accounts differ from it, and its last requests.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use http::StatusCode;
use sekisho_model::documents::DirectoryKind;
use sekisho_model::{Actor, Language, Name};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer, messages};
use serde::Deserialize;

use crate::acts::{DIRECTORY_HANDED_OVER, DIRECTORY_READ, DIRECTORY_RELEASED};
use crate::ownership::{Difference, EntryView, Ownership};
use crate::scim::ScimError;
use crate::{Directory, ProvisioningRequest};

const PATH: &str = "/console/directory";

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Directory>>() -> Pages<S> {
    Pages {
        name: "directory",
        routes: |state| {
            let routes = Routes::new()
                .get(PATH, Access::Act(DIRECTORY_READ), show)
                .post("/console/directory/hand-over", Access::Act(DIRECTORY_HANDED_OVER), hand_over)
                .post("/console/directory/release", Access::Act(DIRECTORY_RELEASED), release);
            routes.with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::People, PATH, "directory", DIRECTORY_READ)];

#[derive(Template)]
#[template(path = "directory.html")]
struct DirectoryPage {
    page: Page,
    address: String,
    entries: Vec<EntryView>,
    requests: Vec<ProvisioningRequest>,
    may_release: bool,
    may_hand_over: bool,
    /// What was typed and names nothing.
    wrong: Option<Owned>,
}

impl DirectoryPage {
    /// Whether a group was typed.
    fn is_group(&self) -> bool {
        self.wrong.as_ref().is_some_and(|wrong| wrong.kind == DirectoryKind::Group)
    }

    /// How many entries differ from what the identity provider says.
    fn differing(&self) -> usize {
        self.entries.iter().filter(|entry| entry.difference.is_some()).count()
    }
}

impl Difference {
    /// The key of its text.
    const fn key(self) -> &'static str {
        match self {
            Self::Disabled => "directory-disabled-here",
            Self::Enabled => "directory-enabled-here",
            Self::Removed => "directory-removed-here",
        }
    }
}

async fn show(context: RequestContext<Directory>) -> Result<Response, Problem> {
    page(&context, None).await
}

async fn page(context: &RequestContext<Directory>, wrong: Option<Owned>) -> Result<Response, Problem> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let directory = &context.services;
    let mut entries = directory.views(DirectoryKind::User).await.map_err(problem)?;
    entries.extend(directory.views(DirectoryKind::Group).await.map_err(problem)?);
    let shown = DirectoryPage {
        address: format!("{}/api/v1/scim/v2", context.site.origin()),
        entries,
        requests: directory.requests.last(),
        may_release: access::may(context, &DIRECTORY_RELEASED, None),
        may_hand_over: access::may(context, &DIRECTORY_HANDED_OVER, None),
        wrong,
        page: context.page_with_times(),
    };
    answer::html_at(status, &shown)
}

#[derive(Deserialize)]
struct Owned {
    kind: DirectoryKind,
    name: String,
}

async fn hand_over(context: RequestContext<Directory>, Form(owned): Form<Owned>) -> Result<Response, Problem> {
    let Ok(name) = name(&owned) else { return page(&context, Some(owned)).await };
    match ownership(&context)?.hand_over(owned.kind, &name).await {
        Ok(_) => Ok(answer::see_other(PATH)),
        Err(error) if error.status == StatusCode::NOT_FOUND => page(&context, Some(owned)).await,
        Err(error) => Err(problem(error)),
    }
}

async fn release(context: RequestContext<Directory>, Form(owned): Form<Owned>) -> Result<Response, Problem> {
    let name = name(&owned)?;
    ownership(&context)?.release(owned.kind, &name).await.map_err(problem)?;
    Ok(answer::see_other(PATH))
}

fn name(owned: &Owned) -> Result<Name, Problem> {
    owned.name.trim().to_lowercase().parse().map_err(|_| Problem::NotFound)
}

fn ownership(context: &RequestContext<Directory>) -> Result<Ownership<'_>, Problem> {
    let actor = Actor::User(context.person()?.id.to_string());
    Ok(Ownership { directory: &context.services, world: &context.world, actor, now: context.now })
}

fn problem(error: ScimError) -> Problem {
    match error.status.as_u16() {
        404 => Problem::NotFound,
        403 => Problem::refused(error.status, messages::text("directory-refused")),
        _ => Problem::Unavailable,
    }
}
