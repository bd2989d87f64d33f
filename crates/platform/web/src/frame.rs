//! The layer around every answer: it reads the request's context first, and turns problems into pages and sets headers last.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use sekisho_policy_enforcement::SessionCookie;

use crate::answer::{self, FormTarget, protect, with_cookie};
use crate::page::Page;
use crate::problem::Problem;
use crate::request_context::RequestContext;
use crate::site::Site;

/// The outermost layer.
pub(crate) async fn frame(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let wants_json =
        head.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let Some(context) = RequestContext::read(&site, &head) else {
        return http::StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    head.extensions.insert(context.clone());
    let mut response = next.run(Request::from_parts(head, body)).await;
    // The guard reads the context again after a body, and that one is the answer's.
    let context = response.extensions_mut().remove::<RequestContext>().unwrap_or(context);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = if wants_json { as_json(&context, &problem) } else { as_page(&context, &problem) };
    }
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if context.new_browser && is_page {
        response = with_cookie(response, &context.browser_cookie());
    }
    if context.dead_session && !sets_session(&response) && is_page {
        response = with_cookie(response, &SessionCookie::clear());
    }
    let form_target = response.extensions_mut().remove::<FormTarget>();
    protect(response.headers_mut(), &site.agent_origin(), form_target.as_ref());
    response
}

fn sets_session(response: &Response) -> bool {
    let start = format!("{}=", SessionCookie::NAME);
    let mut cookies = response.headers().get_all(http::header::SET_COOKIE).iter();
    cookies.any(|cookie| cookie.as_bytes().starts_with(start.as_bytes()))
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    page: Page,
    title: &'a str,
    body: String,
    request: Option<&'a str>,
}

fn as_page(context: &RequestContext, problem: &Problem) -> Response {
    let (title, body) = (problem.title(), problem.text(context.language));
    let shown = MessagePage { page: context.page(), title, body, request: Some(context.peer.request.as_str()) };
    answer::html_at(problem.status(), &shown).unwrap_or_else(|_| problem.status().into_response())
}

fn as_json(context: &RequestContext, problem: &Problem) -> Response {
    let text = problem.text(context.language);
    let body = serde_json::json!({ "problem": text, "request": context.peer.request.as_str() });
    (problem.status(), axum::Json(body)).into_response()
}
