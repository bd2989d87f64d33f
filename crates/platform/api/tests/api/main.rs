//! The REST API in process: who may use which route, and what routes answer.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod documents;
mod idempotency;
mod me;
mod openapi;
mod place;
mod routes;
mod slow;
mod socket;
mod tokens;
