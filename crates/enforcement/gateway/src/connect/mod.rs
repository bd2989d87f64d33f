//! Tunnels to TCP services: plain CONNECT over HTTP/2, on connections to the terminals' host.
//!
//! The way is that of every request: head, question, decision, record, registration, and the one file that dials. What
//! differs is what follows: bytes in both directions for as long as it is permitted.

pub(crate) mod ended;
mod open;
mod relay;

pub(crate) use open::serve;
