//! Reports and assessments in the store.

use aws_lc_rs::digest;
use sekisho_model::documents::{Assessment, FactValue, Kind};
use sekisho_store::{Expected, Store, StoreError, Write};
use serde::Deserialize as _;
use serde_json::to_value;

use crate::report::{Report, Target};

/// What the assessments name as their source.
const SOURCE: &str = "vulnerabilities";
/// The two attributes.
const WORST: &str = "worst_vulnerability";
const EXPLOITED: &str = "known_exploited";

/// The report of a device or resource.
pub(crate) async fn report(store: &Store, target: &Target) -> Result<Option<Report>, StoreError> {
    report_by_id(store, &target.id()).await
}

/// The report of that identifier.
pub(crate) async fn report_by_id(store: &Store, id: &str) -> Result<Option<Report>, StoreError> {
    let document = store.get(Kind::VulnerabilityReport, id).await?;
    Ok(document.and_then(|document| Report::deserialize(document.body).ok()))
}

/// Every report, in the order of identifiers.
pub(crate) async fn reports(store: &Store) -> Result<Vec<Report>, StoreError> {
    let all = store.list_all(Kind::VulnerabilityReport).await?;
    Ok(all.into_iter().filter_map(|document| Report::deserialize(document.body).ok()).collect())
}

/// The writes of a report, and of what decisions read of it.
pub(crate) fn put(report: &Report) -> Vec<Write> {
    let Ok(body) = to_value(report) else { return Vec::new() };
    let target = &report.target;
    let mut writes =
        vec![Write::Put { kind: Kind::VulnerabilityReport, id: target.id(), expected: Expected::Any, body }];
    let worst = report.worst.map(|worst| FactValue::Number(worst.into()));
    let exploited = report.known_exploited.map(FactValue::Bool);
    for (slot, value) in [(WORST, worst), (EXPLOITED, exploited)] {
        writes.push(match value.and_then(|value| assessment(report, slot, value)) {
            Some((id, body)) => Write::Put { kind: Kind::Assessment, id, expected: Expected::Any, body },
            None => Write::Delete { kind: Kind::Assessment, id: assessment_id(target, slot), expected: Expected::Any },
        });
    }
    writes
}

/// The writes after which nothing is known of a device or resource.
pub(crate) fn forget(target: &Target) -> Vec<Write> {
    let delete = |kind, id| Write::Delete { kind, id, expected: Expected::Any };
    let assessments = [WORST, EXPLOITED].map(|slot| delete(Kind::Assessment, assessment_id(target, slot)));
    std::iter::once(delete(Kind::VulnerabilityReport, target.id())).chain(assessments).collect()
}

fn assessment(report: &Report, slot: &str, value: FactValue) -> Option<(String, serde_json::Value)> {
    let id = assessment_id(&report.target, slot);
    let assessment = Assessment {
        id: id.parse().ok()?,
        about: report.target.assessed(),
        slot: slot.to_owned(),
        value,
        until: report.until,
        source: SOURCE.to_owned(),
        why: why(report),
    };
    Some((id, to_value(assessment).ok()?))
}

/// The worst that was found, for people.
fn why(report: &Report) -> String {
    match report.findings.iter().find(|finding| finding.counts()) {
        Some(worst) => format!("{} {}: {}", worst.package, worst.version, worst.cve()),
        None => format!("{} components, nothing found", report.components),
    }
}

/// An identifier of any length as one of an assessment.
fn assessment_id(target: &Target, slot: &str) -> String {
    let hash = digest::digest(&digest::SHA256, target.id().as_bytes());
    let hash: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{SOURCE}-{hash}-{slot}")
}

/// Whether decisions read something else after a report than before it.
pub(crate) fn is_turn(report: &Report, before: Option<&Report>) -> bool {
    let verdict = |report: &Report| (report.worst, report.known_exploited);
    before.map(verdict).unwrap_or_default() != verdict(report)
}
