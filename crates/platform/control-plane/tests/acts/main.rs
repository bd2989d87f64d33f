//! Administrative acts on a real store and a real ledger: what is done, what is recorded, what is refused.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod bootstrap;
mod devices;
mod documents;
mod installation;
mod roles;
mod socket;
mod tokens;
mod users;
