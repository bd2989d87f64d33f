//! Signing in with an identity provider, and linking one to my account.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use sekisho_federation::{Came, ProviderAnswer, Purpose, Refusal, Sent};
use sekisho_model::Method;
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::page::Page;
use sekisho_web::{Access, Person, Problem, cookies};

use crate::return_to::{ReturnTo, ReturnToQuery};
use crate::{Context, Routes, session};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/sign-in/with/{provider}", Access::Anyone, start)
        .get("/sign-in/with/{provider}/callback", Access::Anyone, callback)
        .post("/methods/federated/{provider}", Access::SignedIn, link)
}

/// The providers that a page offers, by identifier and name. Where they cannot be read, the page offers its other ways.
pub(crate) async fn offered(context: &Context) -> Vec<(String, String)> {
    context.services.federation.offered().await.unwrap_or_default()
}

/// The same, of those that an account is linked to.
pub(crate) async fn linked(context: &Context, person: &Person) -> Result<Vec<(String, String)>, Problem> {
    let mut offered = offered(context).await;
    if !offered.is_empty() {
        let all = context.services.identity.authenticators(&person.id).await?;
        offered.retain(|(id, _)| all.iter().any(|one| one.method == Method::Federated && one.name == *id));
    }
    Ok(offered)
}

async fn start(
    context: Context,
    Path(provider): Path<String>,
    Query(query): Query<ReturnToQuery>,
) -> Result<Response, Problem> {
    let query = ReturnTo::from(query).query();
    // In a session the person authenticates now: what the provider remembers proves nothing new.
    let again = context.person.is_some();
    match context.services.federation.begin(&provider, Purpose::SignIn, &query, again).await {
        Ok(sent) => Ok(with_cookie(answer::see_other(&sent.url), &held(&sent))),
        Err(refusal) => refused(&context, &query, &refusal),
    }
}

async fn callback(
    context: Context,
    Path(provider): Path<String>,
    Query(answered): Query<ProviderAnswer>,
    head: HeaderMap,
) -> Result<Response, Problem> {
    let address = context.peer.address.ip();
    let came = context.services.federation.finish(&provider, &answered, answered.held(&head), address).await;
    // An answer that is not this browser's does not end the redirection that it holds.
    let is_over = !matches!(came, Err(Refusal::NotAsked | Refusal::NoProvider));
    let response = match came {
        Ok(Came::SignedIn(signed_in, query)) => {
            let session = session::open(&context, signed_in).await?;
            session::enter(&context, &session, answer::see_other(&return_to(&query).address()))
        }
        Ok(Came::Linked) => answer::see_other("/methods?done=identity-linked"),
        Err(refusal) => refused(&context, "", &refusal)?,
    };
    Ok(if is_over { with_cookie(response, &cookies::clear(&answered.cookie())) } else { response })
}

#[derive(Template)]
#[template(path = "federated_link.html")]
struct LinkPage {
    page: Page,
    provider: String,
    url: String,
}

/// The page from which the person goes to the provider, to prove the identity that is linked. It is made for a form of ours: no other
/// site begins a link.
async fn link(context: Context, Path(provider): Path<String>) -> Result<Response, Problem> {
    let purpose = Purpose::Link(context.person()?.session.id);
    match context.services.federation.begin(&provider, purpose, "", true).await {
        Ok(sent) => {
            let page = Page { path: "/methods".to_owned(), ..context.page() };
            let cookie = held(&sent);
            let shown = answer::html(&LinkPage { page, provider: sent.provider, url: sent.url })?;
            Ok(with_cookie(shown, &cookie))
        }
        Err(refusal) => refused(&context, "", &refusal),
    }
}

fn held(sent: &Sent) -> String {
    cookies::set_for(&sent.cookie, &sent.value, sent.seconds)
}

/// Where to go on to, checked again.
fn return_to(query: &str) -> ReturnTo {
    let uri: Option<Uri> = format!("/{query}").parse().ok();
    let read = uri.and_then(|uri| Query::<ReturnToQuery>::try_from_uri(&uri).ok());
    read.map(|query| ReturnTo::from(query.0)).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "federated_refused.html")]
struct RefusedPage {
    page: Page,
    query: String,
    text: String,
    /// The subject that is not linked, which the person tells an administrator.
    subject: Option<String>,
    request: String,
}

fn refused(context: &Context, query: &str, refusal: &Refusal) -> Result<Response, Problem> {
    let (status, key) = match refusal {
        Refusal::Identity(failure) => return Err(failure.clone().into()),
        Refusal::Unavailable => return Err(Problem::Unavailable),
        Refusal::NoProvider => return Err(Problem::NotFound),
        Refusal::Unlinked { .. } => (StatusCode::FORBIDDEN, "federated-unlinked"),
        Refusal::NotAsked => (StatusCode::BAD_REQUEST, "federated-not-asked"),
        Refusal::Declined(_) => (StatusCode::FORBIDDEN, "federated-declined"),
        Refusal::OtherIssuer | Refusal::CodeRejected(_) | Refusal::WrongToken(_) => {
            (StatusCode::FORBIDDEN, "federated-wrong")
        }
        Refusal::Unusable(_) => (StatusCode::BAD_GATEWAY, "federated-unusable"),
    };
    let subject = match refusal {
        Refusal::Unlinked { subject, .. } => Some(subject.clone()),
        _ => None,
    };
    let page = Page { path: format!("/sign-in{query}"), ..context.page() };
    let (text, request) = (context.say(key), context.peer.request.to_string());
    answer::html_at(status, &RefusedPage { page, query: query.to_owned(), text, subject, request })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_go_on_to_is_checked_again() {
        assert_eq!(return_to("?to=wiki&return=/a").address(), "/sign-in/to/wiki?return=/a");
        assert_eq!(return_to("?after=/methods").address(), "/methods");
        for other in ["", "?after=//evil.example", "?after=https://evil.example", "evil"] {
            assert_eq!(return_to(other), ReturnTo::default(), "{other}");
        }
    }
}
