//! The page of publishing: its form, what was found at the address, and who could open the application.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Plan, display_name};
use sekisho_model::documents::Kind;
use sekisho_web::page::Page;
use sekisho_web::{Problem, access, answer};

use super::application::{Application, domain};
use super::certificate::CertificateView;
use super::policy::Devices;
use crate::Context;
use crate::form::{Typed, Wrong};
use crate::impact::ImpactView;
use crate::inputs::Offer;
use crate::probe::Probed;
use crate::refusal::said;

/// How many groups are offered as boxes to tick.
const GROUPS: u32 = 60;

/// What the page is shown with.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) wrong: Vec<Wrong>,
    pub(crate) tried: Option<(Application, Plan, Probed)>,
}

#[derive(Template)]
#[template(path = "publish.html")]
struct PublishPage {
    page: Page,
    domain: String,
    name_en: String,
    name_ja: String,
    id: String,
    host: String,
    address: String,
    groups: Vec<Offer>,
    people: String,
    devices: Vec<Offer>,
    levels: Vec<Offer>,
    clearance: bool,
    errors: Vec<(&'static str, String)>,
    problems: Vec<String>,
    tried: Option<TriedView>,
}

struct TriedView {
    impact: ImpactView,
    nowhere: Option<String>,
    answers: Vec<AnswerView>,
    certificate: Option<CertificateView>,
    is_secured: bool,
    /// The key that was trusted before.
    is_trusted: bool,
    is_reached: bool,
}

struct AnswerView {
    address: String,
    status: Option<u16>,
    location: Option<String>,
    why: Option<String>,
}

impl PublishPage {
    fn error(&self, field: &str) -> Option<&String> {
        self.errors.iter().find(|(name, _)| *name == field).map(|(_, error)| error)
    }
}

impl TriedView {
    fn of(context: &Context, application: &Application, plan: &Plan, probed: Probed) -> Self {
        let is_reached = probed.is_reached();
        let answer = |(address, answer): (std::net::SocketAddr, crate::Answer)| {
            let address = address.to_string();
            match answer {
                Ok((status, location)) => AnswerView { address, status: Some(status), location, why: None },
                Err(why) => AnswerView { address, status: None, location: None, why: Some(why) },
            }
        };
        Self {
            impact: ImpactView::of(context, plan),
            certificate: probed.certificate.as_ref().map(CertificateView::of),
            nowhere: probed.nowhere,
            answers: probed.addresses.into_iter().map(answer).collect(),
            is_secured: application.is_secured(),
            is_trusted: application.is_trusted(),
            is_reached,
        }
    }

    /// Whether there is nothing more to ask before it is published.
    fn can_publish(&self) -> bool {
        self.is_trusted || self.certificate.is_some()
    }
}

/// The page with what was typed.
pub(crate) async fn show(context: &Context, typed: &Typed, found: Found) -> Result<Response, Problem> {
    let Found { wrong, tried } = found;
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page { scripts: &["publish.js"], ..context.page_with_times() };
    // A field of the resource stands under another name here.
    let field = |name: &'static str| match name {
        "upstream" => "address",
        "name" => "name-en",
        other => other,
    };
    let (beside, whole): (Vec<Wrong>, Vec<Wrong>) = wrong.into_iter().partition(|one| one.field.is_some());
    let errors = beside.iter().filter_map(|one| Some((field(one.field?), said(context, &one.why)))).collect();
    let level = typed.trimmed("sensitivity");
    let levels = ["0", "1", "2", "3", "4"].iter().map(|value| Offer {
        value: (*value).to_owned(),
        label: page.say(&format!("sensitivity-{value}")),
        chosen: level == *value || (level.is_empty() && *value == "2"),
    });
    let shown = PublishPage {
        domain: domain(&context.site.portal).to_owned(),
        name_en: typed.trimmed("name-en"),
        name_ja: typed.trimmed("name-ja"),
        id: typed.trimmed("id"),
        host: typed.trimmed("host"),
        address: typed.trimmed("address"),
        groups: groups(context, &typed.lines("groups")).await?,
        people: typed.lines("people").join("\n"),
        devices: devices(&page, &typed.trimmed("devices")),
        levels: levels.collect(),
        clearance: typed.get("clearance").is_some(),
        errors,
        problems: whole.iter().map(|one| said(context, &one.why)).collect(),
        tried: tried.map(|(application, plan, probed)| TriedView::of(context, &application, &plan, probed)),
        page,
    };
    answer::html_at(status, &shown)
}

/// From what an application may be used: the narrowest choice, where nothing was chosen.
pub(super) fn devices(page: &Page, chosen: &str) -> Vec<Offer> {
    let chosen = if chosen.is_empty() { "managed-compliant" } else { chosen };
    let offer = |name: &&str| Offer {
        value: (*name).to_owned(),
        label: page.say(&format!("devices-{name}")),
        chosen: chosen == *name,
    };
    Devices::NAMES.iter().map(offer).collect()
}

/// The groups to choose from, where the person may read them; those that are chosen in any case.
pub(super) async fn groups(context: &Context, chosen: &[String]) -> Result<Vec<Offer>, Problem> {
    let mut offers = Vec::new();
    if access::permits(context, &table::reading(Kind::Group)) {
        let documents = context.services.control_plane.store.list(Kind::Group, None, GROUPS).await?;
        offers.extend(documents.into_iter().map(|document| Offer {
            label: display_name(&document.body).unwrap_or_default(),
            chosen: chosen.contains(&document.id),
            value: document.id,
        }));
    }
    for id in chosen {
        if !offers.iter().any(|offer| offer.value == *id) {
            offers.push(Offer { value: id.clone(), label: String::new(), chosen: true });
        }
    }
    Ok(offers)
}
