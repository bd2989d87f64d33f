//! Administrative acts on a real store and a real ledger: what is done, what is recorded, what is refused.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod administrators;
mod bootstrap;
mod devices;
mod documents;
mod roles;
mod session_keeping;
mod tokens;
mod users;
