//! My applications: what the policy engine says of each, for this session, now.

use askama::Template;
use axum::response::Response;
use sekisho_capability::CONSOLE;
use sekisho_model::documents::Resource;
use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{Action, Evidence, Outcome};
use sekisho_policy_information::Contribution;
use sekisho_web::page::Page;
use sekisho_web::verdict::{Verdict, explained};
use sekisho_web::{Access, Person, Problem, access, answer, wording};

use crate::demand::entry_path;
use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/", Access::SignedIn, page)
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    applications: Vec<Application>,
    seen: Seen,
}

struct Application {
    name: String,
    description: String,
    verdict: Verdict,
    reasons: Vec<String>,
    remedies: Vec<String>,
    open: Option<String>,
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

async fn page(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let mut applications: Vec<Application> = context
        .world
        .resources()
        .filter(|(_, resource)| resource.id.as_str() != CONSOLE)
        .filter_map(|(handle, resource)| application(&context, person, handle, resource))
        .collect();
    let rank = |verdict: Verdict| match verdict.0 {
        Outcome::Permit => 0,
        Outcome::Challenge => 1,
        Outcome::Deny => 2,
    };
    applications.sort_by(|a, b| (rank(a.verdict), &a.name).cmp(&(rank(b.verdict), &b.name)));
    let page = Page { home: "/".to_owned(), ..context.page() };
    answer::html(&HomePage { page, applications, seen: seen(&context, person) })
}

fn application(context: &Context, person: &Person, handle: Handle, resource: &Resource) -> Option<Application> {
    let origin = context.site.application_origin(resource)?;
    let decision = access::preview(context, person, handle, Action::Read);
    let (reasons, remedies) = explained(&decision, context.language);
    let verdict = Verdict(decision.kind());
    let open = match verdict.0 {
        Outcome::Permit => Some(format!("{origin}{}", entry_path(resource))),
        Outcome::Challenge => Some(format!("/step-up?to={}", resource.id)),
        Outcome::Deny => None,
    };
    Some(Application {
        name: resource.name.in_language(context.language).to_owned(),
        description: resource.description.in_language(context.language).to_owned(),
        verdict,
        reasons,
        remedies,
        open,
    })
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
