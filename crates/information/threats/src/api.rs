//! The routes of the REST API: how feeds stand, what they say of an address, reading one now, and its credentials.

use std::net::IpAddr;

use axum::extract::Path;
use sekisho_capability::Services;
use sekisho_model::Timestamp;
use sekisho_model::documents::{Kind, ThreatFeed};
use sekisho_rest::{Access, Answer, Api, Body, Call, Page, Problem, Routes, route};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts::{THREAT_FEED_CREDENTIALS_SET, THREAT_FEED_REQUESTED, THREATS_READ};
use crate::credentials::{Credentials, LONGEST};
use crate::failure::RenewalError;
use crate::standing::Standing;
use crate::stored::{self, Said};
use crate::threats::Threats;

/// What the routes act through.
#[derive(Clone)]
struct Reached {
    threats: Threats,
    services: Services,
}

/// The routes, each with who may use it.
#[must_use]
pub const fn api<S: AsRef<Threats> + AsRef<Services>>() -> Api<S> {
    Api {
        name: "threats",
        routes: |state| {
            let (threats, services) = (AsRef::<Threats>::as_ref(state), AsRef::<Services>::as_ref(state));
            Routes::new()
                .add(Access::Act(THREATS_READ), route!(list))
                .add(Access::Act(THREATS_READ), route!(address))
                .add(Access::Act(THREAT_FEED_REQUESTED), route!(read))
                .add(Access::Act(THREAT_FEED_CREDENTIALS_SET), route!(set_credentials))
                .with(Reached { threats: threats.clone(), services: services.clone() })
        },
    }
}

/// How a threat feed stands.
#[derive(Debug, Serialize, ToSchema)]
struct FeedView {
    /// Its identifier.
    feed: String,
    /// Where it is read.
    url: String,
    /// How many networks it makes a threat.
    networks: usize,
    /// How many of its lines or indicators name no address that can be read.
    skipped: usize,
    /// When it was last read; null when this process has not read it.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// When it is read next.
    #[schema(value_type = String, format = DateTime)]
    next_at: Timestamp,
    /// Why the last reading came to nothing; null when it did not.
    problem: Option<String>,
}

/// What is known of an address.
#[derive(Debug, Serialize, ToSchema)]
struct AddressView {
    /// The address.
    address: String,
    /// Its threat score, of feeds and threat lists: what decisions read.
    threat: u8,
    /// What each feed says of it.
    feeds: Vec<SaidView>,
}

/// What a feed says of an address.
#[derive(Debug, Serialize, ToSchema)]
struct SaidView {
    /// Which feed.
    feed: String,
    /// The network that holds the address.
    network: String,
    /// The score.
    score: u8,
    /// When it stops to count.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Why, as the feed says it.
    why: String,
}

/// A feed that was asked for.
#[derive(Debug, Serialize, ToSchema)]
struct FeedAsked {
    /// Its identifier.
    feed: String,
}

/// The user name and password of a feed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CredentialsWanted {
    /// The user name, without a colon.
    #[schema(max_length = 256)]
    username: String,
    /// The password.
    #[schema(max_length = 256)]
    password: String,
}

/// List the threat feeds, and how each stands.
#[utoipa::path(get, path = "/threats", tag = "threats", responses((status = 200, body = Page<FeedView>)))]
async fn list(call: Call<Reached>) -> Answer<Page<FeedView>> {
    Answer::ok(Page { items: call.services.threats.standings().into_iter().map(view).collect(), next: None })
}

/// Show what is known of an address.
#[utoipa::path(get, path = "/threats/addresses/{address}", tag = "threats",
    params(("address" = String, Path, description = "An IPv4 or IPv6 address")), responses((status = 200, body = AddressView)))]
async fn address(call: Call<Reached>, Path(address): Path<String>) -> Result<Answer<AddressView>, Problem> {
    let address: IpAddr = address.parse().map_err(|_| Problem::wrong("`address`: write an IPv4 or IPv6 address"))?;
    let said = said_of(&call.services.services, address).await.map_err(Problem::failed)?;
    let threat = call.world.network(address).threat();
    let feeds = said.into_iter().map(|said| SaidView {
        feed: said.feed,
        network: said.network.to_string(),
        score: said.listed.score,
        until: said.listed.until,
        why: said.listed.why,
    });
    Ok(Answer::ok(AddressView { address: address.to_string(), threat, feeds: feeds.collect() }))
}

/// Read a threat feed now, before its time.
#[utoipa::path(post, path = "/threats/feeds/{feed}/read", tag = "threats",
    params(("feed" = String, Path, description = "The feed")), responses((status = 200, body = FeedAsked)))]
async fn read(call: Call<Reached>, Path(feed): Path<String>) -> Result<Answer<FeedAsked>, Problem> {
    let Reached { threats, services } = &call.services;
    let document = document(services, &feed).await.map_err(Problem::failed)?.ok_or_else(|| unknown(&feed))?;
    let change =
        services.changes.begin(call.actor()?, THREAT_FEED_REQUESTED.code, format!("threat-feed/{}", document.id));
    change.note(call.now).await.map_err(Problem::failed)?;
    threats.request(document.id.as_str());
    Ok(Answer::ok(FeedAsked { feed: document.id.to_string() }))
}

/// Set the user name and password that a threat feed asks for. They are sent to the origin of its present address only.
#[utoipa::path(post, path = "/threats/feeds/{feed}/credentials", tag = "threats", request_body = CredentialsWanted,
    params(("feed" = String, Path, description = "The feed")), responses((status = 200, body = FeedAsked)))]
async fn set_credentials(
    call: Call<Reached>,
    Path(feed): Path<String>,
    Body(wanted): Body<CredentialsWanted>,
) -> Result<Answer<FeedAsked>, Problem> {
    let Reached { threats, services } = &call.services;
    let document = document(services, &feed).await.map_err(Problem::failed)?.ok_or_else(|| unknown(&feed))?;
    let unusable = || Problem::wrong(format!("write a user name without colon, and both in at most {LONGEST} bytes"));
    let credentials = Credentials::new(&document, wanted.username, wanted.password).ok_or_else(unusable)?;
    credentials.keep(services, document.id.as_str(), call.actor()?).await.map_err(Problem::failed)?;
    threats.request(document.id.as_str());
    Ok(Answer::ok(FeedAsked { feed: document.id.to_string() }))
}

/// The document of a feed.
pub(crate) async fn document(services: &Services, feed: &str) -> Result<Option<ThreatFeed>, RenewalError> {
    let document = services.store.get(Kind::ThreatFeed, feed).await?;
    Ok(document.and_then(|document| serde_json::from_value(document.body).ok()))
}

/// What the feeds say of an address.
pub(crate) async fn said_of(services: &Services, address: IpAddr) -> Result<Vec<Said>, RenewalError> {
    let feeds = services.store.list_all(Kind::ThreatFeed).await?;
    let feeds: Vec<String> = feeds.into_iter().map(|document| document.id).collect();
    Ok(stored::of(&services.store, &feeds, address).await?)
}

fn unknown(feed: &str) -> Problem {
    Problem::not_found(format!("there is no threat feed `{}`", feed.escape_debug()))
}

fn view(standing: Standing) -> FeedView {
    FeedView {
        feed: standing.feed,
        url: standing.url,
        networks: standing.networks,
        skipped: standing.skipped,
        read_at: standing.read_at,
        next_at: standing.next_at,
        problem: standing.problem,
    }
}
