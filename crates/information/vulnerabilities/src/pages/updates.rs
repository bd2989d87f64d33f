//! What to update on my devices: one line for each package, the most urgent first.

use askama::Template;
use axum::response::Response;
use sekisho_vulnerability_matching::Finding;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer, wording};

use super::{Context, Routes, class, cvss};
use crate::report::{Report, Target};
use crate::stored;

pub(super) const PATH: &str = "/updates";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, Access::SignedIn, page)
}

#[derive(Template)]
#[template(path = "updates.html")]
struct UpdatesPage {
    page: Page,
    devices: Vec<DeviceRow>,
}

/// A device of this person.
struct DeviceRow {
    id: String,
    name: String,
    /// Whether anything is known of its packages.
    is_known: bool,
    updates: Vec<Update>,
    /// How many packages have findings that nobody repaired.
    waiting: usize,
}

/// A package to update.
struct Update {
    package: String,
    version: String,
    fixed: String,
    advisories: Vec<String>,
    score: String,
    class: &'static str,
    is_exploited: bool,
}

async fn page(context: Context) -> Result<Response, Problem> {
    let person = context.person()?;
    let mut devices = Vec::new();
    for device in context.world.devices_of(person.session.subject) {
        let id = device.id.to_string();
        let Ok(target) = id.parse().map(Target::Device) else { continue };
        let report = stored::report(&context.services.services.store, &target).await;
        let report = report.map_err(|_| Problem::Unavailable)?;
        devices.push(row(id, wording::device_name(&context.world, device.handle), report));
    }
    answer::html(&UpdatesPage { page: context.page(), devices })
}

fn row(id: String, name: String, report: Option<Report>) -> DeviceRow {
    let is_known = report.as_ref().is_some_and(|report| report.worst.is_some());
    let findings = report.map(|report| report.findings).unwrap_or_default();
    let (mut updates, mut waiting) = (Vec::<Update>::new(), Vec::new());
    for finding in findings.into_iter().filter(Finding::counts) {
        let Some(fixed) = &finding.fixed else {
            if !waiting.contains(&finding.package) {
                waiting.push(finding.package);
            }
            continue;
        };
        let advisory = finding.cve().to_owned();
        match updates.iter_mut().find(|update| update.package == finding.package && update.fixed == *fixed) {
            Some(update) => update.advisories.push(advisory),
            None => updates.push(Update {
                fixed: fixed.clone(),
                advisories: vec![advisory],
                score: cvss(finding.score),
                class: class(finding.score),
                is_exploited: finding.is_exploited(),
                package: finding.package,
                version: finding.version,
            }),
        }
    }
    DeviceRow { id, name, is_known, updates, waiting: waiting.len() }
}
