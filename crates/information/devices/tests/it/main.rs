//! Devices and their agent over real TLS on free ports: each thing that is allowed, and beside it what is refused.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a missing member of an answer fails the test")]

mod agent;
mod authority;
mod browser_code;
mod enrolment;
mod http;
mod loopback;
mod platform;
mod proof;
mod reports;
