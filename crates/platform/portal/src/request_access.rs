//! Whom to ask for an application that somebody else must grant.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use sekisho_model::facts::EntityType;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};

use crate::application::{Application, Standing, standing};
use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/request/{resource}", Access::SignedIn, page)
}

#[derive(Template)]
#[template(path = "request_access.html")]
struct RequestPage {
    page: Page,
    application: Application,
    account: String,
    /// The same for copying.
    to_send: String,
}

/// An application that cannot be requested is answered as one that does not exist.
async fn page(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let person = context.person()?;
    let resource = access::resource(&context, &id).ok_or(Problem::NotFound)?;
    let handle = context.world.facts().find(EntityType::Resource, &id).ok_or(Problem::NotFound)?;
    match standing(&context, person, handle, resource) {
        Some(Standing::Requestable(application)) => {
            let page = Page { scripts: &["console.js"], ..context.page() };
            let account = person.id.to_string();
            let to_send = format!("{} ({})\n{account}", application.name, application.id);
            answer::html(&RequestPage { page, application, account, to_send })
        }
        Some(Standing::Mine(_)) => Ok(answer::see_other("/")),
        None => Err(Problem::NotFound),
    }
}
