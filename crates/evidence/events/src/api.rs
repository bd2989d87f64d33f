//! The route of the REST API: searching the events.

use axum::extract::Query;
use sekisho_model::Timestamp;
use sekisho_rest::{Access, Answer, Api, Call, Page, Problem, Routes, default_limit, limit, route};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{Class, EVENTS_READ, Event, Events, Wanted};

/// One route, for those who may read the ledger.
#[must_use]
pub const fn api<S: AsRef<Events>>() -> Api<S> {
    Api {
        name: "events",
        routes: |state| Routes::new().add(Access::Act(EVENTS_READ), route!(list)).with(state.as_ref().clone()),
    }
}

/// Which events are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The most items of one answer.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: usize,
    /// Where to go on: `next` of the answer before.
    #[param(max_length = 1024)]
    after: Option<String>,
    /// Only about this person.
    #[param(max_length = 256)]
    person: Option<String>,
    /// Only about this resource.
    #[param(max_length = 256)]
    resource: Option<String>,
    /// Only for this reason, or with this code.
    #[param(max_length = 256)]
    reason: Option<String>,
    /// Only from this address.
    #[param(max_length = 45)]
    address: Option<String>,
    /// Only of the OCSF class with this number.
    class: Option<u32>,
    /// Only from this time on, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    since: Option<Timestamp>,
    /// Only before this time, as RFC 3339 text.
    #[param(value_type = Option<String>, max_length = 40)]
    until: Option<Timestamp>,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    /// Its place: the entry of the ledger, and the number of the access under it.
    position: String,
    /// When it happened.
    at: String,
    /// The number of its class in OCSF.
    class: u32,
    /// The name of its class in OCSF.
    class_name: &'static str,
    /// What it is, as a code.
    code: String,
    /// Its outcome.
    outcome: Option<String>,
    /// The person it is about.
    person: Option<String>,
    /// The resource it is about.
    resource: Option<String>,
    /// What was acted on.
    target: Option<String>,
    /// The main reason.
    reason: Option<String>,
    /// The address it came from.
    address: Option<String>,
    /// The event as an OCSF document.
    #[schema(value_type = Object)]
    ocsf: Value,
}

/// Search the events, newest first. A page may be short although there is a next one: a search goes through a bounded part of the files.
#[utoipa::path(get, path = "/events", tag = "events", params(Asked), responses((status = 200, body = Page<EventView>)))]
async fn list(call: Call<Events>, Query(asked): Query<Asked>) -> Result<Answer<Page<EventView>>, Problem> {
    let before = asked.after.as_deref().map(str::parse).transpose();
    let before = before.map_err(|error: String| Problem::wrong(format!("`after`: {error}")))?;
    let class = match asked.class {
        Some(uid) => Some(
            Class::of_uid(uid).ok_or_else(|| Problem::wrong("`class` is the number of no class that events have"))?,
        ),
        None => None,
    };
    let wanted = Wanted {
        since: asked.since,
        until: asked.until,
        person: asked.person,
        resource: asked.resource,
        reason: asked.reason,
        address: asked.address,
        class,
        before,
        without_permits_of: Vec::new(),
    };
    let found = call.services.search(wanted, asked.limit).await.map_err(Problem::failed)?;
    let next = found.next.map(|position| position.to_string());
    Ok(Answer::ok(Page { items: found.events.iter().map(|event| view(event)).collect(), next }))
}

fn view(event: &Event) -> EventView {
    EventView {
        position: event.position.to_string(),
        at: event.at.to_string(),
        class: event.class.uid(),
        class_name: event.class.name(),
        code: event.code.clone(),
        outcome: event.outcome.clone(),
        person: event.person.clone(),
        resource: event.resource.clone(),
        target: event.target.clone(),
        reason: event.reason.clone(),
        address: event.address.clone(),
        ocsf: serde_json::from_str(&event.ocsf).unwrap_or_default(),
    }
}
