//! How a source stands, for pages, the API, metrics and readiness.

use sekisho_model::Timestamp;
use sekisho_model::documents::VulnerabilityFormat;

/// How a source stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which source.
    pub source: String,
    /// Where it is read, below the folder of sources.
    pub path: String,
    /// What its files are.
    pub format: VulnerabilityFormat,
    /// How many advisories, exploited vulnerabilities or statements it has.
    pub records: usize,
    /// How many of its advisories cannot be used.
    pub skipped: usize,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
    /// When it is read next.
    pub next_at: Timestamp,
    /// Why the last reading came to nothing.
    pub problem: Option<String>,
}
