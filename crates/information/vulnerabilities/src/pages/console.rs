//! What was found, by device and resource and by advisory; how the sources stand.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use sekisho_model::documents::{Kind, VulnerabilityFormat};
use sekisho_model::{Actor, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};

use super::{Context, Reached, Routes, Row, class, cvss};
use crate::acts::{VULNERABILITIES_READ, VULNERABILITY_SOURCE_REQUESTED};
use crate::report::Report;
use crate::standing::Standing;
use crate::stored;

pub(super) const PATH: &str = "/console/vulnerabilities";
/// How many advisories the page lists.
const ADVISORIES: usize = 50;
/// How many devices and resources it names for each.
const NAMED: usize = 5;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, Access::Act(VULNERABILITIES_READ), list)
        .get("/console/vulnerabilities/{kind}/{name}", Access::Act(VULNERABILITIES_READ), show)
        .post("/console/vulnerabilities/{source}/read", Access::Act(VULNERABILITY_SOURCE_REQUESTED), read)
}

#[derive(Template)]
#[template(path = "vulnerabilities.html")]
struct VulnerabilitiesPage {
    page: Page,
    sources: Vec<SourceRow>,
    targets: Vec<TargetRow>,
    advisories: Vec<AdvisoryRow>,
    may_read: bool,
}

struct SourceRow {
    standing: Standing,
    class: &'static str,
    state: &'static str,
    format: &'static str,
}

/// A device or resource.
struct TargetRow {
    kind: &'static str,
    label: &'static str,
    name: String,
    worst: Option<String>,
    class: &'static str,
    is_exploited: bool,
    total: usize,
    components: usize,
    uncovered: usize,
    assessed_at: Timestamp,
}

/// An advisory, and where it was found.
struct AdvisoryRow {
    first: Row,
    targets: Vec<String>,
    more: usize,
}

#[derive(Template)]
#[template(path = "software.html")]
struct SoftwarePage {
    page: Page,
    target: TargetRow,
    rows: Vec<Row>,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let mut reports = stored::reports(&context.services.services.store).await.map_err(|_| Problem::Unavailable)?;
    reports.sort_by_key(|report| std::cmp::Reverse((report.known_exploited, report.worst, report.total)));
    answer::html(&VulnerabilitiesPage {
        page: context.page_with_times(),
        sources: context.services.vulnerabilities.standings().into_iter().map(source).collect(),
        advisories: advisories(&reports),
        targets: reports.iter().map(target).collect(),
        may_read: access::may(&context, &VULNERABILITY_SOURCE_REQUESTED, None),
    })
}

async fn show(context: Context, Path((kind, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let report = stored::report_by_id(&context.services.services.store, &format!("{kind}/{name}")).await;
    let report = report.map_err(|_| Problem::Unavailable)?.ok_or(Problem::NotFound)?;
    let target = target(&report);
    let rows = report.findings.into_iter().map(Row::from).collect();
    answer::html(&SoftwarePage { page: context.page_with_times(), target, rows })
}

async fn read(context: Context, Path(source): Path<String>) -> Result<Response, Problem> {
    let Reached { vulnerabilities, services } = &context.services;
    let document = services.store.get(Kind::VulnerabilitySource, &source).await.map_err(|_| Problem::Unavailable)?;
    let source = document.ok_or(Problem::NotFound)?.id;
    let actor = Actor::User(context.person()?.id.to_string());
    let target = format!("{}/{source}", Kind::VulnerabilitySource);
    let change = services.changes.begin(actor, VULNERABILITY_SOURCE_REQUESTED.code, target);
    change.note(context.now).await.map_err(|_| Problem::Unavailable)?;
    vulnerabilities.request(&source);
    Ok(answer::see_other(PATH))
}

fn source(standing: Standing) -> SourceRow {
    let (class, state) = match (&standing.problem, standing.read_at) {
        (Some(_), _) => ("stop", "source-failed"),
        (None, None) => ("ask", "source-not-read"),
        (None, Some(_)) => ("pass", "source-read"),
    };
    let format = match standing.format {
        VulnerabilityFormat::Osv => "source-osv",
        VulnerabilityFormat::Rustsec => "source-rustsec",
        VulnerabilityFormat::Kev => "source-kev",
        VulnerabilityFormat::Openvex => "source-openvex",
    };
    SourceRow { standing, class, state, format }
}

fn target(report: &Report) -> TargetRow {
    let kind = report.target.kind();
    TargetRow {
        kind,
        label: if kind == "device" { "software-device" } else { "software-resource" },
        name: report.target.name().to_owned(),
        worst: report.worst.map(cvss),
        class: report.worst.map_or("ask", class),
        is_exploited: report.known_exploited == Some(true),
        total: report.total,
        components: report.components,
        uncovered: report.uncovered,
        assessed_at: report.assessed_at,
    }
}

/// The advisories that count, the most urgent first, each once for a package.
fn advisories(reports: &[Report]) -> Vec<AdvisoryRow> {
    let mut found: BTreeMap<(&str, &str), AdvisoryRow> = BTreeMap::new();
    for report in reports {
        for finding in report.findings.iter().filter(|finding| finding.counts()) {
            let key = (finding.advisory.as_str(), finding.package.as_str());
            let new = || AdvisoryRow { first: Row::from(finding.clone()), targets: Vec::new(), more: 0 };
            let row = found.entry(key).or_insert_with(new);
            match row.targets.len() < NAMED {
                true => row.targets.push(report.target.id()),
                false => row.more += 1,
            }
        }
    }
    let mut rows: Vec<AdvisoryRow> = found.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.first.finding.is_exploited(), row.first.finding.score)));
    rows.truncate(ADVISORIES);
    rows
}
