//! Signing out from an application (OpenID Connect RP-Initiated Logout 1.0): the session ends, and with it what every application got.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_model::documents::{Client, SessionEnd};
use sekisho_model::{Actor, Timestamp};
use sekisho_policy_enforcement::SessionCookie;
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::page::Page;
use sekisho_web::{Person, Problem};
use serde_json::Value;

use crate::OpenIdProvider;
use crate::authorize::{Context, elsewhere, problem};
use crate::id_token::sid;
use crate::query::{Parameters, with_parameters};
use crate::refusal::Refusal;

/// The ID token that an application shows: whose it is, and of which session.
struct Hint {
    client: Client,
    sid: String,
}

#[derive(Template)]
#[template(path = "end_session.html")]
struct EndSessionPage {
    page: Page,
}

/// `GET /openid/end-session`.
pub(crate) async fn page(context: Context, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let parameters = Parameters::of(pairs).ok_or_else(elsewhere)?;
    let hint = context.services.hint(parameters.get("id_token_hint"), context.now).await.map_err(problem)?;
    let client = match (&hint, parameters.get("client_id")) {
        (Some(hint), Some(named)) if hint.client.id.as_str() != named => return Err(elsewhere()),
        (Some(hint), _) => Some(hint.client.clone()),
        (None, Some(named)) => context.services.client(named).await.map_err(problem)?,
        (None, None) => None,
    };
    let address = address(client.as_ref(), &parameters)?;
    let Some(person) = &context.person else {
        return Ok(answer::see_other(address.as_deref().unwrap_or("/sign-in?done=signed-out")));
    };
    // Any page can send a browser here: without a token of this very session, the person says so themselves.
    if hint.is_none_or(|hint| hint.sid != sid(&person.session.id, &hint.client)) {
        return answer::html(&EndSessionPage { page: context.page() });
    }
    end(&context, person).await?;
    let answer = answer::see_other(address.as_deref().unwrap_or("/sign-in?done=signed-out"));
    Ok(with_cookie(answer, &SessionCookie::clear()))
}

/// Where the person goes on to.
fn address(client: Option<&Client>, parameters: &Parameters) -> Result<Option<String>, Problem> {
    let Some(given) = parameters.get("post_logout_redirect_uri") else { return Ok(None) };
    // INVARIANT I-68: after signing out too, people are sent only to an address that the application's document names.
    let registered = client.into_iter().flat_map(|client| &client.post_logout_redirect_uris);
    let uri = registered.into_iter().find(|uri| uri.as_str() == given).ok_or_else(elsewhere)?;
    let state: Vec<(&str, &str)> = parameters.get("state").map(|state| ("state", state)).into_iter().collect();
    Ok(Some(with_parameters(uri.as_str(), &state)))
}

async fn end(context: &Context, person: &Person) -> Result<(), Problem> {
    let actor = Actor::User(person.id.to_string());
    context.services.identity.end(&person.session.id, SessionEnd::SignedOut, actor, context.now).await?;
    context.site.shows_session(person.session.id, None).await;
    Ok(())
}

impl OpenIdProvider {
    /// What an ID token of ours says, whether or not it has expired. `None` for one that is not ours.
    async fn hint(&self, token: Option<&str>, now: Timestamp) -> Result<Option<Hint>, Refusal> {
        let Some(token) = token else { return Ok(None) };
        let Some(claims) = self.keys(now).await?.verified(token) else { return Ok(None) };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("iss") != &*self.issuer {
            return Ok(None);
        }
        let sid = text("sid").to_owned();
        Ok(self.client(text("aud")).await?.map(|client| Hint { client, sid }))
    }
}
