//! Live sessions, and revoking one.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_find::{From, Order, Typed};
use sekisho_model::documents::{Kind, Session};
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{SessionFacts, SessionId, Timestamp};
use sekisho_web::list::{Asked, Column, List};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents, wording};

use crate::listing::{Pairs, at_hand, typed};
use crate::{Context, Routes, acts, administrator, refused};

const PATH: &str = "/console/sessions";
/// The most people whose sessions one search shows.
const MOST_PEOPLE: usize = 5_000;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::Act(table::SESSIONS_READ), list).post(
        "/console/sessions/{id}/revoke",
        Access::Act(table::SESSION_ENDED),
        revoke,
    )
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    page: Page,
    list: List,
    rows: Vec<Row>,
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

async fn list(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = Asked::read(PATH, &query, &[]);
    let people = match typed(&asked) {
        Some(typed) => Some(called(&context, &typed).await),
        None => None,
    };
    let is_wanted = |session: &SessionFacts| people.as_ref().is_none_or(|people| people.contains(&session.subject));
    let live = context.world.sessions().filter(|session| context.now < session.expires_at && is_wanted(session));
    let found = live.map(|session| Began { at: session.authenticated_at, id: session.id }).collect();
    let (keys, around) = at_hand(&asked, found, |key: &Began| *key, Began::read);
    let current = context.person()?.session.id;
    let ids: Vec<String> = keys.into_iter().map(|key| key.id.to_string()).collect();
    let sessions: Vec<Session> = documents::some(&context, Kind::Session, &ids).await?;
    let rows = sessions.into_iter().map(|session| row(&context, session, current)).collect();
    let columns =
        ["who", "signed-in-with", "device", "from-where", "began", "ends", "what-you-can-do"].map(Column::new).into();
    answer::html(&SessionsPage { page: context.page_with_times(), list: around.list(asked, Vec::new(), columns), rows })
}

/// The people whom something typed begins.
async fn called(context: &Context, typed: &Typed) -> BTreeSet<Handle> {
    let index = context.services.finder.index().await;
    let found = index.find(EntityType::User, Some(typed), Order::Id);
    found.page(From::Start, MOST_PEOPLE, None).handles.into_iter().collect()
}

/// The place of a session in the list: the one that signed in last stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Began {
    at: Timestamp,
    id: SessionId,
}

impl Began {
    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('~')?;
        Some(Self { at: Timestamp::from_millis(at.parse().ok()?), id: SessionId::from_hex(id)? })
    }
}

impl fmt::Display for Began {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.at.as_millis(), self.id)
    }
}

impl Ord for Began {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, self.id).cmp(&(self.at, other.id))
    }
}

impl PartialOrd for Began {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
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
