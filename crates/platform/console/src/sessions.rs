//! Live sessions, and revoking one.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::{Kind, Session};
use sekisho_model::{SessionId, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents, wording};
use serde::Deserialize;

use crate::{Context, ROWS, Routes, acts, administrator, refused};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/sessions", Access::Act(table::SESSIONS_READ), list).post(
        "/console/sessions/{id}/revoke",
        Access::Act(table::SESSION_ENDED),
        revoke,
    )
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    page: Page,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: String,
    short: String,
    user: String,
    current: bool,
    agent: String,
    address: String,
    methods: String,
    assurance: u8,
    device: Option<String>,
    began: Timestamp,
    authenticated: Timestamp,
    ends: Timestamp,
    may_end: bool,
}

/// Where a list goes on.
#[derive(Deserialize)]
pub(crate) struct After {
    pub(crate) after: Option<String>,
}

async fn list(context: Context, Query(after): Query<After>) -> Result<Response, Problem> {
    let (sessions, next): (Vec<Session>, _) = documents::list(&context, Kind::Session, after.after, ROWS).await?;
    let current = context.person()?.session.id;
    let live = sessions.into_iter().filter(|session| context.now < session.expires_at);
    let rows = live.map(|session| row(&context, session, current)).collect();
    answer::html(&SessionsPage { page: context.page_with_times(), rows, next })
}

fn row(context: &Context, session: Session, current: SessionId) -> Row {
    let may_end = access::may(context, &table::SESSION_ENDED, Some(&session.user));
    Row {
        id: session.id.to_string(),
        short: session.id.short(),
        user: session.user.to_string(),
        current: session.id == current,
        agent: wording::browser(&session.user_agent, context.language),
        address: session.address,
        methods: wording::methods(session.methods, context.language),
        assurance: session.methods.assurance(),
        device: session.device.map(|device| device.to_string()),
        began: session.established_at,
        authenticated: session.authenticated_at,
        ends: session.expires_at,
        may_end,
    }
}

async fn revoke(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = SessionId::from_hex(&id).ok_or(Problem::NotFound)?;
    acts(&context).by(administrator(&context)?, context.now).end_session(&id).await.map_err(refused)?;
    Ok(answer::see_other("/console/sessions?done=session-revoked"))
}
