//! The checks before every handler: origin and form token where a request may change something, then sign-in, then the decision on the console.
//!
//! A client decides how long the body of such a request takes. Nothing that was known before the body's end is used after it: the context
//! is read again, and token, decision, handler and answer use the new one.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Form, FromRequest as _, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use sekisho_capability::{ActSpec, Part};
use sekisho_model::documents::Kind;
use sekisho_model::{Action, SessionId, UserId};
use sekisho_policy_engine::Verdict;
use sekisho_policy_information::World;
use serde::Deserialize;

use crate::address::encode;
use crate::problem::Problem;
use crate::request_context::RequestContext;
use crate::{access, answer, refused};

/// Who may use a route. Every route names one.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Anybody: sign-in, assets, language.
    Anyone,
    /// Anybody who is signed in.
    SignedIn,
    /// Those whom the policy engine permits this action on the console.
    Console(Action),
    /// Those whom the policy engine permits this act on its part of the platform, or, where an installation's own policies speak of the
    /// console alone, the same on the console.
    Act(ActSpec),
    /// The same for any of these acts on documents of the kind that the path names as `kind`. No other kind is found there.
    OfKind(&'static [fn(Kind) -> ActSpec]),
}

/// The longest body in bytes that is read; a longer one is refused.
const BODY_LIMIT: usize = 64 * 1024;
/// The same for requests without a session. Sign-in forms and passkey answers are far smaller.
const UNAUTHENTICATED_BODY_LIMIT: usize = 16 * 1024;
/// The forms of signing in: who is refused one is shown it again.
const STEPS: [&str; 3] = ["/sign-in", "/sign-in/code", "/sign-in/recovery"];
/// Where scripts put the form token.
const TOKEN_HEADER: &str = "x-csrf-token";

/// Passes a request on to its handler, or answers it. The answer carries the context that it was made with.
pub(crate) async fn guard(
    State(access): State<Access>,
    Extension(context): Extension<RequestContext>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return answered(&context, access, &parameters, request, next).await;
    }
    let body = match whole(&context, request).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let Some(current) = RequestContext::read(&context.site, &body.head) else {
        return Problem::Unavailable.into_response();
    };
    let mut response = match ours(&context, &current, access, &body).await {
        Ok(()) => answered(&current, access, &parameters, body.into_request(&current), next).await,
        Err(problem) => opened_again(&current, access, &body, problem),
    };
    response.extensions_mut().insert(current);
    response
}

/// The answer of the handler, or the one instead.
async fn answered(
    context: &RequestContext,
    access: Access,
    parameters: &RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let about = about(access, &context.world, parameters);
    let person = about.as_ref().ok().and_then(Option::as_ref);
    let entered = match of_kind(context, access, parameters) {
        Ok(access) => enter(context, access, person, request.method()).await,
        Err(problem) => Err(problem),
    };
    match entered {
        Ok(None) => match about {
            Ok(_) => readable(next.run(request).await),
            Err(problem) => problem.into_response(),
        },
        Ok(Some(answer)) => answer,
        Err(problem) => problem.into_response(),
    }
}

/// What a handler could not read is said as a page in the reader's language, and not in the words of the library that reads it.
fn readable(response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let is_page = response.extensions().get::<Problem>().is_some() || !kind.starts_with(b"text/plain");
    match response.status() {
        _ if is_page => response,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Problem::Malformed.into_response(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::UnsupportedForm.into_response(),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge.into_response(),
        _ => response,
    }
}

/// `None` when the person may enter, otherwise the answer instead.
async fn enter(
    context: &RequestContext,
    access: Access,
    about: Option<&UserId>,
    method: &Method,
) -> Result<Option<Response>, Problem> {
    if matches!(access, Access::Anyone) {
        return Ok(None);
    }
    let may_ask_again = method.is_safe();
    let Some(person) = &context.person else {
        return match may_ask_again {
            true => Ok(Some(answer::see_other(&format!("/sign-in?after={}", encode(&context.path))))),
            false => Err(Problem::SignInFirst),
        };
    };
    (context.site.activity)(person.session.id, context.now);
    let decision = match access {
        Access::Anyone | Access::SignedIn => return Ok(None),
        // [`of_kind`] has named the act.
        Access::OfKind(_) => return Err(Problem::NotFound),
        Access::Console(action) => access::enter_console(context, person, action, method).await?,
        Access::Act(act) => access::enter_act(context, person, &act, about, method).await?,
    };
    match decision.outcome() {
        Verdict::Permit(_) => Ok(None),
        Verdict::Challenge(_) if may_ask_again => {
            Ok(Some(answer::see_other(&format!("/step-up?after={}", encode(&context.path)))))
        }
        Verdict::Challenge(_) | Verdict::Deny(_) => refused::console(context, &decision).map(Some),
    }
}

/// The act of a route whose path names the kind of documents: the first that the person may do, or else the first.
///
/// # Errors
/// [`Problem::NotFound`] for what is no kind that people may read.
fn of_kind(context: &RequestContext, access: Access, parameters: &RawPathParams) -> Result<Access, Problem> {
    let Access::OfKind(acts) = access else { return Ok(access) };
    let name = parameters.iter().find(|(name, _)| *name == "kind").map(|(_, kind)| kind).unwrap_or_default();
    let kind = Kind::from_name(name).filter(|kind| kind.is_shown()).ok_or(Problem::NotFound)?;
    let mut acts = acts.iter().map(|act| act(kind));
    let permitted = acts.clone().find(|act| access::may(context, act, None));
    permitted.or_else(|| acts.next()).map(Access::Act).ok_or(Problem::NotFound)
}

/// The person whom an act of this route changes: the one whose `id` is in its path, or whose session it is.
///
/// # Errors
/// [`Problem::NotFound`] for a session that the World does not show: nobody knows whose it is, so it cannot be decided who may end it.
fn about(access: Access, world: &World, parameters: &RawPathParams) -> Result<Option<UserId>, Problem> {
    let Access::Act(ActSpec { part, .. }) = access else { return Ok(None) };
    let Some((_, id)) = parameters.iter().find(|(name, _)| *name == "id") else { return Ok(None) };
    match part {
        Part::Users => Ok(id.parse().ok()),
        Part::Sessions => {
            let session = SessionId::from_hex(id).and_then(|id| world.session(&id)).ok_or(Problem::NotFound)?;
            Ok(world.id(session.subject).parse().ok())
        }
        _ => Ok(None),
    }
}

/// A request whose body has been read.
struct Whole {
    head: Parts,
    body: Bytes,
}

impl Whole {
    /// The request for its handler, which takes this context from it.
    fn into_request(mut self, context: &RequestContext) -> Request {
        self.head.extensions.insert(context.clone());
        Request::from_parts(self.head, Body::from(self.body))
    }
}

/// Reads the body of a request that may change something. What another site sent is not read.
async fn whole(context: &RequestContext, request: Request) -> Result<Whole, Problem> {
    // INVARIANT I-18: a request that may change something must come from our own origin and carry its holder's token.
    if !is_same_origin(request.headers(), &context.site.origin()) {
        return Err(Problem::NotOurForm);
    }
    let (head, body) = request.into_parts();
    let limit = if context.person.is_some() { BODY_LIMIT } else { UNAUTHENTICATED_BODY_LIMIT };
    let body = to_bytes(body, limit).await.map_err(|_| Problem::TooLarge)?;
    Ok(Whole { head, body })
}

/// Whether a request carries the token of its holder as of the body's end.
///
/// # Errors
/// [`Problem::SignInFirst`] when the session ended while the body was read; [`Problem::NotOurForm`].
async fn ours(
    before: &RequestContext,
    current: &RequestContext,
    access: Access,
    request: &Whole,
) -> Result<(), Problem> {
    if before.person.is_some() && current.person.is_none() {
        return Err(Problem::SignInFirst);
    }
    let token = token(&request.head.headers, &request.body).await?;
    // A form that was opened before somebody signed in elsewhere in the same browser is still that browser's own. What it may do for
    // one who is signed in is the handler's to say.
    let before_sign_in = matches!(access, Access::Anyone) && current.is_token_before_sign_in(&token);
    match before_sign_in || current.site.form_key.is_token(current.holder(), &token) {
        true => Ok(()),
        false => Err(Problem::NotOurForm),
    }
}

/// The answer to a form that was refused: a step of signing in is opened again, with a token that is good and with where it leads to.
/// It does nothing but show the form.
fn opened_again(context: &RequestContext, access: Access, request: &Whole, problem: Problem) -> Response {
    let is_step = STEPS.contains(&request.head.uri.path());
    let kind = request.head.headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    if problem != Problem::NotOurForm
        || !matches!(access, Access::Anyone)
        || !is_step
        || kind.starts_with(b"application/json")
    {
        return problem.into_response();
    }
    let mark = if context.path.contains('?') { '&' } else { '?' };
    answer::see_other(&format!("{}{mark}done=form-too-old", context.path))
}

/// Whether the browser says that the request was made by a page of our own. A request that says nothing is not ours.
fn is_same_origin(headers: &HeaderMap, origin: &str) -> bool {
    let said = |name: &str| -> Vec<&[u8]> { headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect() };
    let (origins, sites) = (said(ORIGIN.as_str()), said("sec-fetch-site"));
    let all_ours =
        origins.iter().all(|said| *said == origin.as_bytes()) && sites.iter().all(|said| *said == b"same-origin");
    all_ours && !(origins.is_empty() && sites.is_empty())
}

#[derive(Deserialize)]
struct Token {
    csrf: String,
}

async fn token(headers: &HeaderMap, body: &Bytes) -> Result<String, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            let token = headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
            token.map(ToOwned::to_owned).ok_or(Problem::NotOurForm)
        }
        "application/x-www-form-urlencoded" => {
            let mut copy = Request::new(Body::from(body.clone()));
            *copy.method_mut() = Method::POST;
            if let Some(kind) = headers.get(CONTENT_TYPE) {
                copy.headers_mut().insert(CONTENT_TYPE, kind.clone());
            }
            Form::<Token>::from_request(copy, &()).await.map(|form| form.0.csrf).map_err(|_| Problem::NotOurForm)
        }
        _ => Err(Problem::UnsupportedForm),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn same_origin(said: &[(&'static str, &str)]) -> bool {
        let headers = said.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
        });
        is_same_origin(&headers.collect(), "https://portal.localhost:8443")
    }

    #[test]
    fn i18_our_own_origin_is_ours() {
        assert!(same_origin(&[("origin", "https://portal.localhost:8443")]));
        assert!(same_origin(&[("sec-fetch-site", "same-origin")]));
        assert!(same_origin(&[("origin", "https://portal.localhost:8443"), ("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn i18_nothing_else_is_ours() {
        let foreign = [
            "https://wiki.localhost:8443",
            "http://portal.localhost:8443",
            "https://portal.localhost",
            "null",
            "https://portal.localhost:8443/",
            "https://portal.localhost:84430",
            "https://PORTAL.localhost:8443",
            "",
        ];
        for origin in foreign {
            assert!(!same_origin(&[("origin", origin)]), "{origin}");
            assert!(!same_origin(&[("origin", origin), ("sec-fetch-site", "same-origin")]), "{origin}");
        }
        for site in ["same-site", "cross-site", "none", ""] {
            assert!(!same_origin(&[("sec-fetch-site", site)]), "{site}");
            assert!(!same_origin(&[("sec-fetch-site", site), ("origin", "https://portal.localhost:8443")]), "{site}");
        }
        assert!(!same_origin(&[]));
        assert!(!same_origin(&[("origin", "https://portal.localhost:8443"), ("origin", "https://evil.example")]));
    }
}
