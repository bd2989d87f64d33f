//! The page that applications send people to: it asks the policy engine and sends them back with a code, or explains why not.

use askama::Template;
use axum::extract::{Query, RawQuery};
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use sekisho_capability::Asking;
use sekisho_model::documents::{Client, ClientScope};
use sekisho_model::{Actor, Span, Text};
use sekisho_policy_engine::{Decision, Verdict};
use sekisho_web::address::encode;
use sekisho_web::page::Page;
use sekisho_web::{Person, Problem, RequestContext, access, answer, refused};
use serde_json::json;

use crate::OpenIdProvider;
use crate::acts::CLIENT_SIGNED_IN;
use crate::clients::target;
use crate::grants::Grant;
use crate::query::{Parameters, with_parameters};
use crate::refusal::Refusal;

pub(crate) const PATH: &str = "/openid/authorize";
/// Where sign-in pages lead. Its answer is a page, because browsers do not follow a form that leads to another host.
pub(crate) const CONTINUE: &str = "/openid/continue";
/// The longest query that is carried through the sign-in pages.
const LONGEST: usize = 2000;

pub(crate) type Context = RequestContext<OpenIdProvider>;
type Pairs = Query<Vec<(String, String)>>;

/// A request whose application and address are known. What else is wrong with it is said there.
struct Asked {
    client: Client,
    redirect_uri: String,
    parameters: Parameters,
}

/// `GET /openid/authorize`.
pub(crate) async fn page(context: Context, Query(pairs): Pairs, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let raw = raw.filter(|raw| raw.len() <= LONGEST).ok_or_else(malformed)?;
    let asked = asked(&context, pairs).await?;
    let wanted = match wanted(&asked) {
        Ok(wanted) => wanted,
        Err((error, description)) => return Ok(back(&context, &asked, error, description)),
    };
    let is_silent = asked.parameters.get("prompt") == Some("none");
    let Some(person) = context.person.clone() else {
        return Ok(match is_silent {
            true => back(&context, &asked, "login_required", "nobody is signed in"),
            false => answer::see_other(&format!("/sign-in?after={}", encode(&continued("", &raw)))),
        });
    };
    (context.site.activity)(person.session.id, context.now);
    if wanted.again || wanted.max_age.is_some_and(|age| person.session.authenticated_at.plus(age) < context.now) {
        return Ok(match is_silent {
            true => back(&context, &asked, "login_required", "the person signed in too long ago"),
            false => answer::see_other(&format!("/step-up?after={}", encode(&continued("", &raw)))),
        });
    }
    let decision = decided(&context, &person, &asked.client).await?;
    match decision.outcome() {
        Verdict::Permit(_) => permitted(&context, &person, asked, wanted).await,
        _ if is_silent => Ok(back(&context, &asked, "interaction_required", "the person has to see a page")),
        Verdict::Challenge(_) => {
            let after = continued(asked.client.resource.as_str(), &raw);
            Ok(answer::see_other(&format!("/step-up?after={}", encode(&after))))
        }
        // INVARIANT I-69: who may not sign in reads why; the application gets nothing.
        Verdict::Deny(_) => {
            let resource = access::resource(&context, asked.client.resource.as_str()).ok_or(Problem::NotFound)?;
            refused::preview(&context, &decision, resource)
        }
    }
}

/// The application and the address of a request. Until both are known, nobody is sent anywhere.
async fn asked(context: &Context, pairs: Vec<(String, String)>) -> Result<Asked, Problem> {
    let parameters = Parameters::of(pairs).ok_or_else(malformed)?;
    let id = parameters.get("client_id").ok_or_else(unknown)?;
    let client = context.services.enabled(id).await.map_err(problem)?.ok_or_else(unknown)?;
    let given = parameters.get("redirect_uri").ok_or_else(elsewhere)?;
    // INVARIANT I-68: people are sent to an address that the application's document names, byte for byte, and nowhere else.
    let redirect_uri = client.redirect_uris.iter().find(|uri| uri.as_str() == given).ok_or_else(elsewhere)?;
    Ok(Asked { redirect_uri: redirect_uri.to_string(), client, parameters })
}

/// What a request that can be answered wants.
struct Wanted {
    challenge: String,
    scopes: std::collections::BTreeSet<ClientScope>,
    max_age: Option<Span>,
    /// The person is to authenticate again.
    again: bool,
}

fn wanted(asked: &Asked) -> Result<Wanted, (&'static str, &'static str)> {
    let get = |name| asked.parameters.get(name);
    if get("request").is_some() {
        return Err(("request_not_supported", "send the parameters themselves"));
    }
    if get("request_uri").is_some() {
        return Err(("request_uri_not_supported", "send the parameters themselves"));
    }
    if get("response_type") != Some("code") || get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("unsupported_response_type", "the response type is `code`, in the query"));
    }
    let asked_for: Vec<&str> = get("scope").unwrap_or_default().split(' ').collect();
    if !asked_for.contains(&"openid") {
        return Err(("invalid_scope", "`openid` is missing"));
    }
    // INVARIANT I-70: without PKCE, and with a challenge that is the verifier itself, there is no code.
    let challenge = get("code_challenge").filter(|challenge| is_challenge(challenge));
    let (Some(challenge), Some("S256")) = (challenge, get("code_challenge_method")) else {
        return Err(("invalid_request", "PKCE is required: `code_challenge` with the method S256"));
    };
    let again = match get("prompt") {
        None | Some("none") => false,
        Some("login") => true,
        Some(_) => return Err(("invalid_request", "`prompt` is `none` or `login`")),
    };
    let max_age = get("max_age").map(|age| age.parse::<u32>().map(|age| Span::from_seconds(i64::from(age))));
    let max_age = max_age.transpose().map_err(|_| ("invalid_request", "`max_age` is a number of seconds"))?;
    let scopes = asked.client.scopes.iter().copied().filter(|scope| asked_for.contains(&scope.name()));
    Ok(Wanted { challenge: challenge.to_owned(), scopes: scopes.collect(), max_age, again })
}

/// Whether a text is a SHA-256 in base64 without padding.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

async fn decided(context: &Context, person: &Person, client: &Client) -> Result<Decision, Problem> {
    let asking = Asking {
        world: &context.world,
        session: &person.session,
        device: access::device(context, person),
        address: context.peer.address.ip(),
        request: &context.peer.request,
        http: None,
        now: context.now,
    };
    context.services.decide(client, asking).await.map_err(problem)?.ok_or_else(unknown)
}

async fn permitted(context: &Context, person: &Person, asked: Asked, wanted: Wanted) -> Result<Response, Problem> {
    let (provider, client) = (&context.services, &asked.client);
    let grant = Grant {
        client: client.id.clone(),
        session: person.session.id,
        subject: person.id.to_string(),
        address: context.peer.address.ip(),
        scopes: wanted.scopes,
        nonce: asked.parameters.get("nonce").map(str::to_owned),
    };
    let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.name()).collect();
    let detail = json!({ "resource": client.resource, "session": person.session.id.short(), "scopes": scopes,
        "address": grant.address });
    let actor = Actor::User(person.id.to_string());
    let begun = provider.services.changes.begin(actor, CLIENT_SIGNED_IN, target(&client.id)).detail(detail);
    begun.note(context.now).await.map_err(|error| problem(error.into()))?;
    let made = provider.make_code(grant, asked.redirect_uri.clone(), wanted.challenge, context.now).await;
    let code = made.map_err(problem)?;
    provider.count("signed-in");
    Ok(sent(context, &asked, &[("code", code.as_str())]))
}

/// Back to the application with an error.
fn back(context: &Context, asked: &Asked, error: &'static str, description: &str) -> Response {
    context.services.count(error);
    sent(context, asked, &[("error", error), ("error_description", description)])
}

/// Back to the application. The issuer is named, so that it knows whose answer it is (RFC 9207).
fn sent(context: &Context, asked: &Asked, parameters: &[(&str, &str)]) -> Response {
    let state = asked.parameters.get("state").map(|state| ("state", state));
    let issuer = ("iss", &*context.services.issuer);
    let all: Vec<(&str, &str)> = parameters.iter().copied().chain(state).chain([issuer]).collect();
    answer::see_other(&with_parameters(&asked.redirect_uri, &all))
}

/// The address that sign-in pages lead to. Who was asked to authenticate again has done so then.
fn continued(resource: &str, raw: &str) -> String {
    let rest = raw.split('&').filter(|part| !part.starts_with("prompt="));
    let rest: Vec<&str> = rest.collect();
    format!("{CONTINUE}?for={resource}&{}", rest.join("&"))
}

#[derive(Template)]
#[template(path = "continue.html")]
struct ContinuePage {
    page: Page,
    address: String,
}

/// `GET /openid/continue`: goes on to the page of the request, as a page of its own.
pub(crate) async fn go_on(context: Context, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let raw = raw.unwrap_or_default();
    let (_, rest) = raw.split_once('&').ok_or(Problem::NotFound)?;
    let address = format!("{PATH}?{rest}");
    let refresh = HeaderValue::from_str(&format!("0;url={address}")).map_err(|_| Problem::NotFound)?;
    let mut response = answer::html(&ContinuePage { page: context.page(), address })?;
    response.headers_mut().insert("refresh", refresh);
    Ok(response)
}

/// A refusal on a page.
pub(crate) fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Client => Problem::NotFound,
        _ => Problem::Unavailable,
    }
}

fn malformed() -> Problem {
    said(
        "The application asked in a way that cannot be answered. Tell the people who run it.",
        "アプリケーションからの要求に応答できません。アプリケーションの管理者に連絡してください。",
    )
}

fn unknown() -> Problem {
    said(
        "No application of that name is registered here, or it is disabled. Tell the people who run it.",
        "その名前のアプリケーションは登録されていないか、無効です。アプリケーションの管理者に連絡してください。",
    )
}

/// Nobody is sent to an address that is not registered.
pub(crate) fn elsewhere() -> Problem {
    said(
        "The application wants you sent to an address that is not registered for it. You stay here. Tell the people who run it.",
        "アプリケーションが指定した移動先は登録されていません。移動を中止しました。アプリケーションの管理者に連絡してください。",
    )
}

fn said(en: &str, ja: &str) -> Problem {
    Problem::refused(StatusCode::BAD_REQUEST, Text { en: en.to_owned(), ja: Some(ja.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(more: &[(&str, &str)]) -> Result<Wanted, (&'static str, &'static str)> {
        let client = json!({ "id": "wiki", "name": "Wiki", "resource": "wiki", "scopes": ["email"],
            "redirect_uris": ["https://wiki.example/cb"] });
        let client: Client = serde_json::from_value(client).expect("a client");
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let mut pairs: std::collections::BTreeMap<&str, &str> = [
            ("response_type", "code"),
            ("scope", "openid email groups"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]
        .into();
        pairs.extend(more.iter().copied());
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let parameters = Parameters::of(pairs).expect("each once");
        wanted(&Asked { client, redirect_uri: "https://wiki.example/cb".to_owned(), parameters })
    }

    #[test]
    fn i70_no_code_without_pkce() {
        let wanted = check(&[]).expect("a request");
        assert_eq!(wanted.scopes, [ClientScope::Email].into());
        for (name, value, error) in [
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "code id_token", "unsupported_response_type"),
            ("response_mode", "fragment", "unsupported_response_type"),
            ("scope", "email", "invalid_scope"),
            ("prompt", "consent", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("request", "x", "request_not_supported"),
        ] {
            let refused = check(&[(name, value)]).err().map(|(error, _)| error);
            assert_eq!(refused, Some(error), "{name}={value}");
        }
    }

    #[test]
    fn who_authenticated_again_is_not_asked_twice() {
        assert_eq!(continued("wiki", "a=b&prompt=login&c=d"), "/openid/continue?for=wiki&a=b&c=d");
    }
}
