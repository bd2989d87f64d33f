//! My applications: what the policy engine says of each, for this session, now. What a person could not get either is not named.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_ledger::{EntryKind, Filter};
use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{Evidence, Outcome, Record};
use sekisho_policy_information::Contribution;
use sekisho_web::page::Page;
use sekisho_web::{Access, Person, Problem, access, answer, wording};
use serde::Deserialize;

use crate::application::{Application, Standing, is_named, standing};
use crate::{Context, Routes};

/// The permitted decisions that are looked at for what was opened lately, and the applications that are shown of them.
const LATELY: (usize, usize) = (200, 4);
/// The longest text in characters that is searched for.
const LONGEST_SEARCH: usize = 100;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/", Access::SignedIn, page)
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    /// What is searched for; empty shows everything.
    typed: String,
    recent: Vec<(String, String)>,
    mine: Vec<Application>,
    /// The applications that can be requested, and whether they are shown or only counted.
    requestable: Vec<Application>,
    shows_requestable: bool,
    seen: Seen,
}

/// What decisions know of this person here and now.
struct Seen {
    methods: String,
    assurance: u8,
    device: Option<String>,
    compliant: Option<bool>,
    network: String,
    risk: u8,
    risk_parts: Vec<(String, u8)>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    show: Option<String>,
}

async fn page(context: Context, Query(search): Query<Search>) -> Result<Response, Problem> {
    let person = context.person()?;
    let typed: String = search.q.trim().chars().take(LONGEST_SEARCH).collect();
    let (mut mine, mut requestable) = (Vec::new(), Vec::new());
    for (handle, resource) in context.world.resources().filter(|(_, resource)| is_named(resource, &typed)) {
        match standing(&context, person, handle, resource) {
            Some(Standing::Mine(application)) => mine.push(application),
            Some(Standing::Requestable(application)) => requestable.push(application),
            None => {}
        }
    }
    let rank = |one: &Application| match one.verdict.0 {
        Outcome::Permit => 0,
        Outcome::Challenge => 1,
        Outcome::Deny => 2,
    };
    mine.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    requestable.sort_by(|a, b| a.name.cmp(&b.name));
    let recent = if typed.is_empty() { recent(&context, person, &mine).await } else { Vec::new() };
    let page = Page { home: "/".to_owned(), ..context.page() };
    let shows_requestable = search.show.is_some() || !typed.is_empty();
    let seen = seen(&context, person);
    answer::html(&HomePage { page, typed, recent, mine, requestable, shows_requestable, seen })
}

/// The applications that the person opened lately and may open now: name and address, the latest first.
async fn recent(context: &Context, person: &Person, mine: &[Application]) -> Vec<(String, String)> {
    let filter = Filter {
        kind: Some(EntryKind::Decision),
        subject: Some(person.id.to_string()),
        outcome: Some(Outcome::Permit),
        ..Filter::default()
    };
    let mut found: Vec<&Application> = Vec::new();
    for (_, record) in context.site.ledger.recent(LATELY.0, filter).await {
        let Record::Decision(decision) = record else { continue };
        let of_decision = |one: &&Application| decision.resource.as_deref() == Some(one.id.as_str());
        let Some(application) = mine.iter().find(of_decision) else { continue };
        if application.verdict.is_pass() && !found.iter().any(|one| one.id == application.id) {
            found.push(application);
        }
    }
    let link = |one: &Application| Some((one.name.clone(), one.button.as_ref()?.0.clone()));
    found.into_iter().take(LATELY.1).filter_map(link).collect()
}

fn seen(context: &Context, person: &Person) -> Seen {
    let device = access::device(context, person);
    let network = context.world.network(context.peer.address.ip());
    let risk = context.world.risk_of(&person.session, &device, &network, context.now);
    let (handle, compliant) = match device {
        Evidence::Known(handle) => (Some(handle), compliance(context, handle)),
        Evidence::Stale { value, .. } => (Some(value), None),
        Evidence::Unknown(_) => (person.session.device, None),
    };
    let text = |part: &Contribution| (wording::signal(&part.name, context.language), part.share);
    Seen {
        methods: wording::methods(person.session.methods, context.language),
        assurance: person.session.methods.assurance(),
        device: handle.map(|handle| wording::device_name(&context.world, handle)),
        compliant,
        network: match network.zone() {
            Some(zone) => format!("{} ({zone})", network.ip),
            None => network.ip.to_string(),
        },
        risk: risk.score,
        risk_parts: risk.contributions.iter().map(text).collect(),
    }
}

fn compliance(context: &Context, device: Handle) -> Option<bool> {
    match context.world.facts().get(device)?.get(Slot::Compliant) {
        Fact::Bool(compliant) => Some(*compliant),
        _ => None,
    }
}
