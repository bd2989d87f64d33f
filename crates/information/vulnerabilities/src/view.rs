//! What routes show of sources and reports.

use sekisho_model::Timestamp;
use sekisho_vulnerability_matching::Finding;
use serde::Serialize;
use utoipa::ToSchema;

use crate::report::Report;
use crate::standing::Standing;

/// How a source of vulnerabilities stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceView {
    /// Its identifier.
    source: String,
    /// Where it is read, below the folder of sources.
    path: String,
    /// How many advisories, exploited vulnerabilities or statements it has.
    records: usize,
    /// How many of its advisories cannot be used.
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

/// What was found of the software of a device or a resource.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TargetView {
    /// `device` or `resource`.
    kind: String,
    /// Its identifier.
    name: String,
    /// When it was assessed with another result than before.
    #[schema(value_type = String, format = DateTime)]
    assessed_at: Timestamp,
    /// How many components it has.
    components: usize,
    /// How many of them no source covers: of those, nothing is known.
    uncovered: usize,
    /// The score of the worst vulnerability, in tenths of CVSS; null where it is not known.
    worst_vulnerability: Option<u8>,
    /// Whether a known exploited vulnerability is present; null where it is not known.
    known_exploited: Option<bool>,
    /// How many findings there are.
    findings: usize,
}

/// A device or resource with its findings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// The summary.
    #[serde(flatten)]
    target: TargetView,
    /// The findings, the worst first: at most 1,000.
    found: Vec<FindingView>,
}

/// A vulnerability of a component.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// The advisory.
    advisory: String,
    /// Its other identifiers.
    aliases: Vec<String>,
    /// What it is about.
    summary: String,
    /// The component.
    package: String,
    /// Its version.
    version: String,
    /// The first version that is repaired; null when there is none.
    fixed: Option<String>,
    /// Its score in tenths of CVSS.
    score: u8,
    /// Whether it is known to be exploited.
    exploited: bool,
    /// The source that states that it does not concern this component; null when none does.
    excluded: Option<String>,
}

/// A source that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceAsked {
    /// Its identifier.
    pub(crate) source: String,
}

/// What is known of the software of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventoryView {
    /// The resource.
    pub(crate) resource: String,
    /// How many components count.
    pub(crate) components: usize,
    /// How many of its components name no package or no version.
    pub(crate) skipped: usize,
}

impl From<Standing> for SourceView {
    fn from(standing: Standing) -> Self {
        let Standing { source, path, records, skipped, read_at, next_at, problem, .. } = standing;
        Self { source, path, records, skipped, read_at, next_at, problem }
    }
}

impl From<&Report> for TargetView {
    fn from(report: &Report) -> Self {
        Self {
            kind: report.target.kind().to_owned(),
            name: report.target.name().to_owned(),
            assessed_at: report.assessed_at,
            components: report.components,
            uncovered: report.uncovered,
            worst_vulnerability: report.worst,
            known_exploited: report.known_exploited,
            findings: report.total,
        }
    }
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        Self { target: TargetView::from(&report), found: report.findings.into_iter().map(FindingView::from).collect() }
    }
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        let exploited = finding.is_exploited();
        let Finding { advisory, aliases, summary, package, version, fixed, score, excluded, .. } = finding;
        Self { advisory, aliases, summary, package, version, fixed, score, exploited, excluded }
    }
}
