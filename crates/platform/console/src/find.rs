//! Find: one box for people, devices, applications, groups, policies, addresses and the numbers of requests.

use std::net::IpAddr;

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_capability::ActSpec;
use sekisho_control_plane::acts::table;
use sekisho_find::{Count, From, Index, Order, Typed};
use sekisho_ledger::Traced;
use sekisho_model::Action;
use sekisho_model::facts::{ContextSlot, EntityType, Fact, Handle};
use sekisho_web::address::encode;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};

use crate::listing::Pairs;
use crate::{Context, Routes};

/// How many results of one kind the page shows.
const SHOWN: usize = 8;
/// The longest text that is searched for.
const LONGEST: usize = 200;

/// Anybody who enters the console may ask; each kind is answered to those who may read it.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/find", Access::Console(Action::Read), find)
}

#[derive(Template)]
#[template(path = "find.html")]
struct FindPage {
    page: Page,
    typed: String,
    kinds: Vec<Found>,
}

/// What was found of one kind.
struct Found {
    label: &'static str,
    rows: Vec<Row>,
    /// The list with all of them, where there are more.
    all: Option<String>,
}

struct Row {
    href: String,
    name: String,
    id: String,
}

/// The kinds in a World's names: who may read them, how they are called, the list of all, and the page of one.
const KINDS: [(EntityType, ActSpec, &str, &str, Option<&str>); 4] = [
    (EntityType::User, table::USERS_READ, "console-users", "/console/users", Some("/console/users/")),
    (EntityType::Device, table::DEVICES_READ, "group-devices", "/console/devices", Some("/console/devices/")),
    (EntityType::Resource, table::RESOURCES_READ, "place-applications", "/console/resources", None),
    (EntityType::Group, table::USERS_READ, "place-groups", "/console/groups", None),
];

async fn find(context: Context, Query(query): Query<Pairs>) -> Result<Response, Problem> {
    let asked = query.iter().find(|(name, _)| name == "q").map(|(_, text)| text.trim()).unwrap_or_default();
    let asked: String = asked.chars().take(LONGEST).collect();
    let mut kinds = Vec::new();
    if let Some(typed) = Typed::new(&asked) {
        kinds.extend(request(&context, &asked).await);
        kinds.extend(address(&context, &asked));
        let index = context.services.finder.index().await;
        for (kind, act, label, list, one) in KINDS {
            if access::permits(&context, &act) {
                kinds.extend(of_kind(&context, &index, kind, &typed, &asked, (label, list, one)));
            }
        }
        kinds.extend(policies(&context, &typed));
    }
    answer::html(&FindPage { page: context.page(), typed: asked, kinds })
}

fn of_kind(
    context: &Context,
    index: &Index,
    kind: EntityType,
    typed: &Typed,
    asked: &str,
    (label, list, one): (&'static str, &str, Option<&str>),
) -> Option<Found> {
    let page = index.find(kind, Some(typed), Order::Id).page(From::Start, SHOWN, None);
    let row = |handle: Handle| {
        let id = index.world().id(handle).to_string();
        let name = match index.world().resource(handle) {
            Some(resource) => resource.name.in_language(context.language).to_owned(),
            None => index.world().display_name(handle).to_string(),
        };
        let href = match one {
            Some(one) => format!("{one}{}", encode(&id)),
            None => format!("{list}?q={}", encode(&id)),
        };
        Row { href, name, id }
    };
    let rows: Vec<Row> = page.handles.iter().map(|handle| row(*handle)).collect();
    let is_more = page.count != Count::Exactly(rows.len());
    (!rows.is_empty()).then(|| Found { label, rows, all: is_more.then(|| format!("{list}?q={}", encode(asked))) })
}

/// Policies by identifier.
fn policies(context: &Context, typed: &Typed) -> Option<Found> {
    if !access::permits(context, &table::POLICIES_READ) {
        return None;
    }
    let ids = context.world.policies().metas().iter().map(|meta| meta.id.to_string());
    let href = |id: &str| format!("/console/policies?q={0}#{0}", encode(id));
    let row = |id: String| Row { href: href(&id), name: id, id: String::new() };
    let rows: Vec<Row> = ids.filter(|id| typed.begins(id)).take(SHOWN).map(row).collect();
    (!rows.is_empty()).then_some(Found { label: "console-policies", rows, all: None })
}

/// The request of exactly this number.
async fn request(context: &Context, asked: &str) -> Option<Found> {
    // Our numbers have one form; the whole record is not read for a name.
    let is_number = asked.len() == 26 && asked.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_number || !access::permits(context, &table::DECISIONS_READ) {
        return None;
    }
    let mut number = asked.to_owned();
    let mut traced = context.site.ledger.trace(&number).await;
    if traced.is_none() {
        number = asked.to_ascii_uppercase();
        traced = context.site.ledger.trace(&number).await;
    }
    let href = match traced? {
        Traced::Decided(..) | Traced::Covered(..) => {
            format!("/console/decisions/{}", encode(&number).replace('/', "%2F"))
        }
        Traced::Refused(..) | Traced::Undecided(..) => format!("/console/decisions?q={}", encode(&number)),
    };
    Some(Found { label: "request-id", rows: vec![Row { href, name: number, id: String::new() }], all: None })
}

/// What is known of a network address, and the decisions on requests from it.
fn address(context: &Context, asked: &str) -> Option<Found> {
    let address: IpAddr = asked.parse().ok()?;
    if !access::permits(context, &table::DECISIONS_READ) {
        return None;
    }
    let network = context.world.network(address);
    let zone = match network.get(ContextSlot::NetworkZone) {
        Fact::String(zone) => zone.to_string(),
        _ => String::new(),
    };
    let href = format!("/console/decisions?address={}", encode(&address.to_string()));
    Some(Found { label: "network", rows: vec![Row { href, name: address.to_string(), id: zone }], all: None })
}
