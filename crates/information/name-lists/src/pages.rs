//! The console's page of names: how lists stand, what was denied because of them, and the tokens of those who ask.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use http::StatusCode;
use sekisho_capability::Services;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::{Actor, DecisionRecord, Language, Name, Outcome, Record, Text, Timestamp, UserId};
use sekisho_observation::Answered;
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};
use serde::Deserialize;

use crate::{
    NAMES_READ, NameLists, NewToken, RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED, Standing, TokenRefusal, Tokens,
};

const PATH: &str = "/console/names";
/// How many denied questions are shown.
const DENIED: usize = 20;
/// Of how many resources they are looked for.
const RESOURCES: usize = 16;

/// What the page acts through.
#[derive(Clone)]
struct Reached {
    lists: NameLists,
    services: Services,
}

type Context = RequestContext<Reached>;

/// One page in the console, and the one that shows a token once.
#[must_use]
pub const fn pages<S: AsRef<NameLists> + AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "name-lists",
        routes: |state| {
            let (lists, services) = (AsRef::<NameLists>::as_ref(state), AsRef::<Services>::as_ref(state));
            Routes::new()
                .get(PATH, Access::Act(NAMES_READ), show)
                .post("/console/names/tokens", Access::Act(RESOLVER_TOKEN_MADE), make)
                .post("/console/names/tokens/{token}/revoke", Access::Act(RESOLVER_TOKEN_REVOKED), revoke)
                .with(Reached { lists: lists.clone(), services: services.clone() })
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, PATH, "place-names", NAMES_READ)];

#[derive(Template)]
#[template(path = "names.html")]
struct NamesPage {
    page: Page,
    address: Option<String>,
    counts: Vec<(&'static str, u64)>,
    rows: Vec<Standing>,
    denied: Vec<DecisionRecord>,
    tokens: Vec<TokenRow>,
    may_make: bool,
    may_revoke: bool,
}

struct TokenRow {
    id: String,
    user: String,
    expires_at: Timestamp,
}

#[derive(Template)]
#[template(path = "token.html")]
struct TokenPage {
    page: Page,
    id: String,
    user: String,
    address: String,
    expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Wanted {
    id: String,
    user: String,
    days: String,
}

async fn show(context: Context) -> Result<Response, Problem> {
    let Reached { lists, services } = &context.services;
    let rows = lists.standings();
    let tokens = context.world.resolver_tokens().map(|token| TokenRow {
        id: token.id.to_string(),
        user: token.user.to_string(),
        expires_at: token.expires_at,
    });
    let counts = lists.counts();
    answer::html(&NamesPage {
        address: lists.address().map(str::to_owned),
        counts: Answered::ALL.map(|answered| (label(answered), counts.count(answered))).into(),
        denied: denied(services, &rows).await,
        tokens: tokens.collect(),
        rows,
        may_make: access::may(&context, &RESOLVER_TOKEN_MADE, None),
        may_revoke: access::may(&context, &RESOLVER_TOKEN_REVOKED, None),
        page: context.page_with_times(),
    })
}

const fn label(answered: Answered) -> &'static str {
    match answered {
        Answered::Unlisted => "names-unlisted",
        Answered::Permitted => "names-permitted",
        Answered::Denied => "names-denied",
        Answered::Refused => "names-refused",
        Answered::Failed => "names-failed",
    }
}

/// The newest denials of the lists' resources, newest first.
async fn denied(services: &Services, rows: &[Standing]) -> Vec<DecisionRecord> {
    let resources: BTreeSet<&str> = rows.iter().map(|row| row.resource.as_str()).collect();
    let mut found = Vec::new();
    for resource in resources.into_iter().take(RESOURCES) {
        // Nobody signs in to ask a question: where a stronger sign-in would do, the answer is a denial as well.
        for outcome in [Outcome::Deny, Outcome::Challenge] {
            let (kind, resource) = (Some(EntryKind::Decision), Some(resource.to_owned()));
            let filter = Filter { kind, outcome: Some(outcome), resource, ..Filter::default() };
            found.extend(services.ledger.recent(DENIED, filter).await);
        }
    }
    found.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
    let decisions = found.into_iter().filter_map(|(_, record)| match record {
        Record::Decision(decision) if decision.host.is_some() => Some(*decision),
        _ => None,
    });
    decisions.take(DENIED).collect()
}

async fn make(context: Context, Form(wanted): Form<Wanted>) -> Result<Response, Problem> {
    let Reached { lists, services } = &context.services;
    let id: Name = wanted.id.trim().parse().map_err(|_| wrong())?;
    let user: UserId = wanted.user.trim().parse().map_err(|_| wrong())?;
    let new = NewToken { id, user: user.clone(), days: wanted.days.trim().parse().map_err(|_| wrong())? };
    let tokens = Tokens::new(services.clone());
    let made = tokens.make(new, administrator(&context)?, &context.world, context.now).await.map_err(refused)?;
    let address = lists.address().unwrap_or_default();
    answer::html(&TokenPage {
        page: Page { path: PATH.to_owned(), ..context.page_with_times() },
        id: made.id.to_string(),
        user: user.to_string(),
        address: format!("{address}/{}", made.text.as_str()),
        expires_at: made.expires_at,
    })
}

async fn revoke(context: Context, Path(token): Path<String>) -> Result<Response, Problem> {
    let tokens = Tokens::new(context.services.services.clone());
    tokens.revoke(&token, administrator(&context)?, context.now).await.map_err(refused)?;
    Ok(answer::see_other(PATH))
}

fn refused(refusal: TokenRefusal) -> Problem {
    match refusal {
        TokenRefusal::NoToken(_) => Problem::NotFound,
        TokenRefusal::NoUser(_) | TokenRefusal::Days | TokenRefusal::Taken(_) | TokenRefusal::TooMany => wrong(),
        TokenRefusal::NoEntropy(_) | TokenRefusal::Change(_) => Problem::Unavailable,
    }
}

fn wrong() -> Problem {
    let (en, ja) = (
        "Name an existing user, a new identifier in lower-case letters and digits, and 1 to 366 days.",
        "既存のユーザー、まだ使われていない識別子（英小文字と数字）、1 から 366 までの日数を入力してください。",
    );
    Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, Text { en: en.to_owned(), ja: Some(ja.to_owned()) })
}

fn administrator(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}
