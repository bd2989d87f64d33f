//! The console's page of threat feeds: how each stands, what is known of an address, reading one now, and its credentials.

use std::net::IpAddr;

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use http::StatusCode;
use sekisho_capability::Services;
use sekisho_model::documents::FeedFormat;
use sekisho_model::{Actor, Language, Text, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, access, answer};
use serde::Deserialize;

use crate::acts::{THREAT_FEED_CREDENTIALS_SET, THREAT_FEED_REQUESTED, THREATS_READ};
use crate::api::{document, said_of};
use crate::credentials::Credentials;
use crate::listing::NO_END;
use crate::standing::Standing;
use crate::threats::Threats;

const PATH: &str = "/console/threats";

/// What the page acts through.
#[derive(Clone)]
struct Reached {
    threats: Threats,
    services: Services,
}

type Context = RequestContext<Reached>;

/// One page in the console.
#[must_use]
pub const fn pages<S: AsRef<Threats> + AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "threats",
        routes: |state| {
            let (threats, services) = (AsRef::<Threats>::as_ref(state), AsRef::<Services>::as_ref(state));
            Routes::new()
                .get(PATH, Access::Act(THREATS_READ), list)
                .post("/console/threats/{feed}/read", Access::Act(THREAT_FEED_REQUESTED), read)
                .post("/console/threats/{feed}/credentials", Access::Act(THREAT_FEED_CREDENTIALS_SET), set_credentials)
                .with(Reached { threats: threats.clone(), services: services.clone() })
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, PATH, "place-threats", THREATS_READ)];

#[derive(Template)]
#[template(path = "threats.html")]
struct ThreatsPage {
    page: Page,
    rows: Vec<Row>,
    asked: String,
    is_wrong: bool,
    answer: Option<Known>,
    may_read: bool,
    may_set: bool,
}

/// A feed.
struct Row {
    standing: Standing,
    class: &'static str,
    state: &'static str,
    format: &'static str,
}

/// What is known of the address that was asked for.
struct Known {
    address: IpAddr,
    threat: u8,
    said: Vec<Said>,
}

struct Said {
    feed: String,
    network: String,
    score: u8,
    why: String,
    until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    address: String,
}

#[derive(Deserialize)]
struct Wanted {
    username: String,
    password: String,
}

async fn list(context: Context, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let asked: String = asked.address.trim().chars().take(64).collect();
    let address = asked.parse::<IpAddr>().ok();
    let answer = match address {
        Some(address) => Some(known(&context, address).await?),
        None => None,
    };
    answer::html(&ThreatsPage {
        page: context.page_with_times(),
        rows: context.services.threats.standings().into_iter().map(row).collect(),
        is_wrong: !asked.is_empty() && address.is_none(),
        asked,
        answer,
        may_read: access::may(&context, &THREAT_FEED_REQUESTED, None),
        may_set: access::may(&context, &THREAT_FEED_CREDENTIALS_SET, None),
    })
}

async fn known(context: &Context, address: IpAddr) -> Result<Known, Problem> {
    let said = said_of(&context.services.services, address).await.map_err(|_| Problem::Unavailable)?;
    let said = said.into_iter().map(|said| Said {
        feed: said.feed,
        network: said.network.to_string(),
        score: said.listed.score,
        why: said.listed.why,
        until: Some(said.listed.until).filter(|until| *until < NO_END),
    });
    Ok(Known { address, threat: context.world.network(address).threat(), said: said.collect() })
}

fn row(standing: Standing) -> Row {
    let (class, state) = match (&standing.problem, standing.read_at) {
        (Some(_), _) => ("stop", "feed-failed"),
        (None, None) => ("ask", "feed-not-read"),
        (None, Some(_)) => ("pass", "feed-read"),
    };
    let format = match standing.format {
        FeedFormat::Plain => "feed-plain",
        FeedFormat::Taxii => "feed-taxii",
    };
    Row { standing, class, state, format }
}

async fn read(context: Context, Path(feed): Path<String>) -> Result<Response, Problem> {
    let Reached { threats, services } = &context.services;
    let document = document(services, &feed).await.map_err(|_| Problem::Unavailable)?.ok_or(Problem::NotFound)?;
    let target = format!("threat-feed/{}", document.id);
    let change = services.changes.begin(administrator(&context)?, THREAT_FEED_REQUESTED.code, target);
    change.note(context.now).await.map_err(|_| Problem::Unavailable)?;
    threats.request(document.id.as_str());
    Ok(answer::see_other(PATH))
}

async fn set_credentials(
    context: Context,
    Path(feed): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let Reached { threats, services } = &context.services;
    let document = document(services, &feed).await.map_err(|_| Problem::Unavailable)?.ok_or(Problem::NotFound)?;
    let credentials = Credentials::new(&document, wanted.username, wanted.password).ok_or_else(unusable)?;
    let kept = credentials.keep(services, document.id.as_str(), administrator(&context)?).await;
    kept.map_err(|_| Problem::Unavailable)?;
    threats.request(document.id.as_str());
    Ok(answer::see_other(PATH))
}

fn unusable() -> Problem {
    let (en, ja) = (
        "A user name is at least one character without a colon; it and the password have at most 256 bytes.",
        "ユーザー名は、コロンを含まない 1 文字以上で入力してください。ユーザー名とパスワードは、それぞれ 256 バイト以内です。",
    );
    Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, Text { en: en.to_owned(), ja: Some(ja.to_owned()) })
}

fn administrator(context: &Context) -> Result<Actor, Problem> {
    Ok(Actor::User(context.person()?.id.to_string()))
}
