//! The resolver: it answers questions about names to those who are known, and about listed names as policies say.
//!
//! A question comes over TLS (RFC 7858) with the device's certificate, or over HTTPS (RFC 8484) with that certificate or with a token in
//! the path. Then, in this order: who asks ([`Asker`]), what is asked, which lists hold the name, what the policy engine decides of each
//! list's resource, and only then whether an answer is in the cache or must be fetched. What an answer leads to by an alias is decided the
//! same way before the answer leaves.
//!
//! - [`Resolver`] answers one message;
//! - [`serve_tls`] serves connections; they are closed as soon as who opened them is no longer known;
//! - [`https`] is the service for the gateway's own host.

mod answer;
mod asker;
mod budget;
mod cache;
mod connection;
mod decider;
mod https;
mod question;
mod resolver;
mod server;
mod tls;
mod upstreams;

pub use asker::Asker;
pub use decider::Grounds;
pub use https::https;
pub use resolver::Resolver;
pub use server::{Server, ServerError};
pub use tls::serve_tls;
pub use upstreams::Upstreams;
