//! My sessions: which there are, ending one, and what was cut lately and why.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::documents::{Session, SessionEnd};
use sekisho_model::{Actor, Record, SessionId, StreamEnd, Timestamp};
use sekisho_policy_enforcement::SessionCookie;
use sekisho_web::answer::{self, with_cookie};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, wording};

use crate::sign_ins::{SignIn, sign_ins};
use crate::{Context, Routes};

/// How many cuts the page tells of.
const CUTS: usize = 10;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/sessions", Access::SignedIn, page).post("/sessions/{id}/end", Access::SignedIn, end)
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    page: Page,
    sessions: Vec<SessionRow>,
    sign_ins: Vec<SignIn>,
    cuts: Vec<Cut>,
}

struct SessionRow {
    id: String,
    current: bool,
    agent: String,
    address: String,
    methods: String,
    device: Option<String>,
    began: Timestamp,
    ends: Timestamp,
}

struct Cut {
    at: Timestamp,
    resource: String,
    reason: String,
    request: String,
}

async fn page(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let current = person.session.id;
    let sessions = context.services.identity.sessions(&person.id, context.now).await?;
    let filter = Filter { kind: Some(EntryKind::StreamEnd), subject: Some(person.id.to_string()), ..Filter::default() };
    // Streams that ended by themselves are among them, so more are asked for than are shown.
    let ended = context.site.ledger.recent(CUTS * 20, filter).await;
    let cuts = ended.into_iter().filter_map(|(_, record)| match record {
        Record::StreamEnd(end) if end.world != 0 => Some(cut(&context, end)),
        _ => None,
    });
    answer::html(&SessionsPage {
        page: context.page_with_times(),
        sessions: sessions.into_iter().map(|session| row(&context, session, current)).collect(),
        sign_ins: sign_ins(&context, &person.id, current).await,
        cuts: cuts.take(CUTS).collect(),
    })
}

fn row(context: &Context, session: Session, current: SessionId) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        current: session.id == current,
        agent: wording::browser(&session.user_agent, context.language),
        methods: wording::methods(session.methods, context.language),
        device: session.device.map(|device| device.to_string()),
        address: session.address,
        began: session.established_at,
        ends: session.expires_at,
    }
}

fn cut(context: &Context, end: StreamEnd) -> Cut {
    let name = access::resource(context, &end.resource);
    Cut {
        at: end.at,
        reason: wording::code(&context.world, &end.reason, context.language),
        request: end.request.to_string(),
        resource: name.map_or(end.resource, |resource| resource.name.in_language(context.language).to_owned()),
    }
}

async fn end(context: Context, Path(id): Path<String>) -> Result<Response, Problem> {
    let person = context.person()?;
    let id = SessionId::from_hex(&id).ok_or(Problem::NotFound)?;
    let mine = context.services.identity.sessions(&person.id, context.now).await?;
    if !mine.iter().any(|session| session.id == id) {
        return Err(Problem::NotFound);
    }
    let actor = Actor::User(person.id.to_string());
    context.services.identity.end(&id, SessionEnd::EndedByUser, actor, context.now).await?;
    context.site.shows_session(id, None).await;
    match id == person.session.id {
        true => Ok(with_cookie(answer::see_other("/sign-in?done=signed-out"), &SessionCookie::clear())),
        false => Ok(answer::see_other("/sessions?done=session-ended")),
    }
}
