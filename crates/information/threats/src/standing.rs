//! How a feed stands, for pages, the API, metrics and readiness.

use sekisho_model::Timestamp;
use sekisho_model::documents::FeedFormat;

/// How a feed stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which feed.
    pub feed: String,
    /// Where it is read.
    pub url: String,
    /// What it is written in.
    pub format: FeedFormat,
    /// How many networks it makes a threat.
    pub networks: usize,
    /// How many of its lines or indicators name no address that can be read.
    pub skipped: usize,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
    /// When it is read next.
    pub next_at: Timestamp,
    /// Why the last reading came to nothing.
    pub problem: Option<String>,
}
