//! Threat feeds: hostile addresses that others know, as facts that decisions read.
//!
//! A feed is a document of the kind `threat-feed`. The task reads it, and what it names becomes one assessment of the threat of
//! each network, with the feed as source. A later reading writes only what changed. What a feed says is bounded and checked before any of it
//! counts; a reading that fails changes nothing, so the last good one stays in force.
//!
//! Read on: `feed` (one feed), `listing` (what counts of its entries), `renewal` (the task).

mod acts;
mod api;
mod capability;
mod credentials;
mod failure;
mod feed;
mod fetch;
mod listing;
mod network;
mod pages;
mod pattern;
mod plain;
mod renewal;
mod standing;
mod stix;
mod stored;
mod taxii;
mod threats;

pub use acts::{THREAT_FEED_CREDENTIALS_SET, THREAT_FEED_REQUESTED, THREATS_READ};
pub use api::api;
pub use capability::capability;
pub use fetch::Fetch;
pub use pages::pages;
pub use standing::Standing;
pub use threats::Threats;
