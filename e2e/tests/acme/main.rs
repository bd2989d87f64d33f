//! Certificates from an authority that speaks ACME: ordered, shown, renewed under load, and never in the way when they do not
//! come. The authority is strict, proves hosts by real handshakes and really signs; one of the tests asks an authority of others.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod caddy;
mod cluster;
mod configuration;
mod failures;
mod orders;
mod place;
mod proof;
mod renewal;
