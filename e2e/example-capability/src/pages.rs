//! The page of the example: which resources nobody owns.

use askama::Template;
use axum::response::Response;
use sekisho_capability::{ActSpec, Part};
use sekisho_model::{Action, Language};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};

use crate::unowned::Unowned;

/// Look at resources without an owner.
pub const UNOWNED_READ: ActSpec = ActSpec::new(
    "unowned-read",
    Action::Read,
    Part::Resources,
    ("Look at resources without an owner", "所有者のいないリソースの閲覧"),
);

/// One page in the console, for those who may look at it, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Unowned>>() -> Pages<S> {
    Pages {
        name: "unowned",
        routes: |state| {
            let routes = Routes::new().get("/console/unowned", Access::Act(UNOWNED_READ), list);
            routes.with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, "/console/unowned", "unowned", UNOWNED_READ)];

#[derive(Template)]
#[template(path = "unowned.html")]
struct UnownedPage {
    page: Page,
    rows: Vec<String>,
}

async fn list(context: RequestContext<Unowned>) -> Result<Response, Problem> {
    answer::html(&UnownedPage { page: context.page(), rows: context.services.resources() })
}
