//! Enforcement points that are not ours, with the real programs: what Sekisho decides is what they enforce.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod bodies;
mod browser;
mod proxies;
mod scene;
mod strangers;
