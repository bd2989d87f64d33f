//! What is in force now: devices, who is signed in, the process, certificates, the record, enforcement points.

use sekisho_ledger::Standing;
use sekisho_model::documents::EnforcementPointStatus;
use sekisho_model::{Language, Span, Timestamp};
use sekisho_overview::{Figures, RISK_BANDS, SignedIn};
use sekisho_web::page::Page;

use super::meters::{Meter, meters};
use crate::{CertificateRow, Context};

/// A certificate that ends within this time needs somebody's attention, unless it is renewed by itself.
const SOON: Span = Span::from_minutes(21 * 24 * 60);
/// How many certificates are shown.
const CERTIFICATES: usize = 8;

/// Devices.
pub(super) struct Fleet {
    pub(super) usable: u64,
    pub(super) rows: Vec<Meter>,
}

pub(super) fn fleet(page: &Page, figures: &Figures) -> Fleet {
    let fleet = figures.fleet;
    let row = |key: &str, state: &str, count: usize, class| {
        (page.say(key), format!("/console/devices?state={state}"), long(count), class)
    };
    let rows = [
        row("compliant", "compliant", fleet.compliant, "pass"),
        row("not-compliant", "not-compliant", fleet.not_compliant, "stop"),
        row("not-reporting", "silent", fleet.stale, "ask"),
        row("overview-never-reported", "silent", fleet.never_reported, "off"),
    ];
    Fleet { usable: long(fleet.usable()), rows: meters(rows) }
}

/// Who is signed in.
pub(super) struct People {
    pub(super) sessions: u64,
    pub(super) signed_in: u64,
    pub(super) by_risk: Vec<Meter>,
    pub(super) newest: Vec<SignedIn>,
}

pub(super) fn people(page: &Page, figures: &Figures) -> People {
    let people = &figures.people;
    let keys = ["overview-risk-low", "overview-risk-some", "overview-risk-high", "overview-risk-highest"];
    let classes = ["pass", "ask", "stop", "stop"];
    let begins = std::iter::once(0).chain(RISK_BANDS.map(|end| end + 1));
    let bands = begins.zip(RISK_BANDS).zip(keys.into_iter().zip(classes)).zip(people.by_risk);
    let rows = bands.map(|(((begin, end), (key, class)), count)| {
        let name = page.say_with(key, "range", format!("{begin}–{end}"));
        (name, "/console/sessions".to_owned(), long(count), class)
    });
    People {
        sessions: long(people.sessions),
        signed_in: long(people.signed_in),
        by_risk: meters(rows),
        newest: people.newest.clone(),
    }
}

/// One task.
pub(super) struct TaskLine {
    pub(super) text: &'static str,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) last_success: Option<Timestamp>,
}

/// The tasks, those that fail first.
pub(super) fn tasks(context: &Context) -> Vec<TaskLine> {
    let tasks = context.services.tasks.borrow().clone();
    let line = |task: &sekisho_capability::TaskStatus| {
        let (class, state) = crate::tasks::state(task);
        let (english, japanese) = task.text;
        let text = match context.language {
            Language::English => english,
            Language::Japanese => japanese,
        };
        TaskLine { text, class, state, last_success: task.last_success }
    };
    let mut lines: Vec<TaskLine> = tasks.iter().map(line).collect();
    lines.sort_by_key(|line| line.class != "stop");
    lines
}

/// One certificate.
pub(super) struct CertificateLine {
    pub(super) host: Option<String>,
    pub(super) until: Timestamp,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
}

pub(super) fn certificates(context: &Context) -> Vec<CertificateLine> {
    let mut rows = context.services.certificates.borrow().clone();
    rows.sort_by_key(|row| row.until);
    let line = |row: CertificateRow| {
        let (class, state) = match (row.until <= context.now, row.problem.is_some(), row.renew_at) {
            (true, ..) => ("stop", "overview-certificate-ended"),
            (_, true, _) => ("stop", "overview-certificate-problem"),
            (.., Some(_)) => ("pass", "overview-certificate-renewed"),
            (.., None) if row.until.since(context.now) < SOON => ("ask", "overview-certificate-soon"),
            (.., None) => ("pass", "overview-certificate-good"),
        };
        CertificateLine { host: row.host, until: row.until, class, state }
    };
    rows.into_iter().take(CERTIFICATES).map(line).collect()
}

/// The record.
pub(super) struct LedgerLines {
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) size: u64,
    pub(super) sealed_at: Option<Timestamp>,
}

pub(super) fn ledger(figures: &Figures) -> LedgerLines {
    let (class, state) = match figures.ledger.standing {
        Standing::Sound => ("pass", "overview-ledger-sound"),
        Standing::Full => ("stop", "overview-ledger-full"),
        Standing::RolledBack => ("stop", "overview-ledger-rolled-back"),
        Standing::Failed => ("stop", "overview-ledger-failed"),
    };
    LedgerLines { class, state, size: figures.ledger.size, sealed_at: figures.ledger.sealed_at }
}

/// One enforcement point.
pub(super) struct PointLine {
    pub(super) name: String,
    pub(super) speaks: &'static str,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) resources: usize,
}

pub(super) fn points(context: &Context) -> Vec<PointLine> {
    let line = |point: &std::sync::Arc<sekisho_model::documents::EnforcementPoint>| {
        let (class, state) = match point.status {
            EnforcementPointStatus::Active => ("pass", "overview-point-active"),
            EnforcementPointStatus::Disabled => ("off", "overview-point-disabled"),
        };
        let name = if point.name.is_empty() { point.id.to_string() } else { point.name.clone() };
        PointLine { name, speaks: point.speaks.name(), class, state, resources: point.resources.len() }
    };
    context.world.enforcement_points().take(CERTIFICATES).map(line).collect()
}

fn long(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
