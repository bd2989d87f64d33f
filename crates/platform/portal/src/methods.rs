//! My sign-in methods, as they are.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use sekisho_identity::{Authenticator, Failure};
use sekisho_model::{Method, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::{Context, Routes, federated};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/methods", Access::SignedIn, page)
}

#[derive(Template)]
#[template(path = "methods.html")]
struct MethodsPage {
    page: Page,
    account: String,
    passkeys: Vec<Passkey>,
    has_totp: bool,
    has_password: bool,
    recovery_left: usize,
    /// The subjects at identity providers that are linked.
    identities: Vec<Passkey>,
    /// The identity providers, by identifier and name.
    providers: Vec<(String, String)>,
    problem: Option<String>,
}

struct Passkey {
    id: String,
    name: String,
    added: Timestamp,
    last_used: Option<Timestamp>,
    suspected: bool,
}

async fn page(context: Context) -> Result<Response, Problem> {
    shown(&context, None).await
}

/// Where a change of methods that was refused leads: to authenticating again, or back with the reason.
pub(crate) async fn refused(context: &Context, failure: Failure) -> Result<Response, Problem> {
    match failure {
        Failure::AuthenticateAgain { .. } => Ok(answer::see_other(AGAIN)),
        Failure::PasswordRefused(_)
        | Failure::WrongCredentials
        | Failure::NameRefused
        | Failure::LastAuthenticator
        | Failure::Conflict => shown(context, Some(failure)).await,
        other => Err(Problem::from(other)),
    }
}

/// Authenticate again, then come back and repeat the change.
pub(crate) const AGAIN: &str = "/step-up?after=/methods%3Fdone%3Dconfirmed";

async fn shown(context: &Context, failure: Option<Failure>) -> Result<Response, Problem> {
    let person = context.person()?;
    let all = context.services.identity.authenticators(&person.id).await?;
    let has = |method| all.iter().any(|one| one.method == method);
    let problem = failure.as_ref().map(|failure| failure.text().in_language(context.language).to_owned());
    let shown = MethodsPage {
        page: Page { scripts: &["post.js", "passkey.js"], path: "/methods".to_owned(), ..context.page_with_times() },
        account: person.id.to_string(),
        has_totp: has(Method::Totp),
        has_password: has(Method::Password),
        recovery_left: all.iter().filter_map(|one| one.left).sum(),
        identities: all.iter().filter(|one| one.method == Method::Federated).cloned().map(passkey).collect(),
        providers: federated::offered(context).await,
        passkeys: all.into_iter().filter(|one| one.method == Method::Passkey).map(passkey).collect(),
        problem,
    };
    answer::html_at(failure.map_or(StatusCode::OK, |failure| Problem::from(failure).status()), &shown)
}

fn passkey(one: Authenticator) -> Passkey {
    Passkey {
        id: one.id,
        name: one.name,
        added: one.added_at,
        last_used: one.last_used_at,
        suspected: one.suspected_at.is_some(),
    }
}
