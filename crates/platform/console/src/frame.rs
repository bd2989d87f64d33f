//! Around every answer: the visit is read before it, problems become pages and headers are set after it.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use sekisho_policy_enforcement::SessionCookie;

use crate::answer::{self, FormTarget, protect, with_cookie};
use crate::page::Page;
use crate::problem::Problem;
use crate::state::PortalState;
use crate::visit::Visit;

/// The outermost layer.
pub(crate) async fn frame(State(state): State<PortalState>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let wants_json =
        head.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let Some(visit) = Visit::read(&state, &head) else {
        return http::StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    head.extensions.insert(visit.clone());
    let mut response = next.run(Request::from_parts(head, body)).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = if wants_json { as_json(&visit, &problem) } else { as_page(&visit, &problem) };
    }
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if visit.new_browser && is_page {
        response = with_cookie(response, &visit.browser_cookie());
    }
    if visit.dead_session && !sets_session(&response) && is_page {
        response = with_cookie(response, &SessionCookie::clear());
    }
    let form_target = response.extensions_mut().remove::<FormTarget>();
    protect(response.headers_mut(), &state.agent_origin(), form_target.as_ref());
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

fn as_page(visit: &Visit, problem: &Problem) -> Response {
    let page = visit.page();
    let (title, _) = problem.messages();
    let body = said(visit, problem);
    let shown = MessagePage { page, title, body, request: Some(visit.peer.request.as_str()) };
    answer::html_at(problem.status(), &shown).unwrap_or_else(|_| problem.status().into_response())
}

fn as_json(visit: &Visit, problem: &Problem) -> Response {
    let said = serde_json::json!({ "problem": said(visit, problem), "request": visit.peer.request.as_str() });
    (problem.status(), axum::Json(said)).into_response()
}

fn said(visit: &Visit, problem: &Problem) -> String {
    match problem {
        Problem::Identity(failure) => failure.text().in_language(visit.language).to_owned(),
        Problem::Device(text) => text.in_language(visit.language).to_owned(),
        other => crate::messages::say(visit.language, other.messages().1),
    }
}
