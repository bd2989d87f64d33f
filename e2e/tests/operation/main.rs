//! Operating under load: configuration, certificates and the binary itself change, and no request fails. Beside each change
//! stands one that is wrong, and changes nothing.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod access_log;
mod backup;
mod certificate;
mod clock;
mod configuration;
mod disk_full;
mod exposed_links;
mod exposure;
mod metrics;
mod pipes;
mod place;
mod readiness;
mod rollback;
mod traces;
mod upgrade;
mod versions;
