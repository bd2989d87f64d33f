//! Provisioning by SCIM 2.0: scim2-cli's tester passes, what an identity provider disables is cut, and what is out of its reach is refused.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod conditions;
mod cutting;
mod ownership;
mod place;
mod reach;
mod tester;
