//! The gateway from outside: sockets in, sockets out, with a World of documents and a real ledger.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod attacks;
mod http2;
mod limits;
mod local;
mod platform;
mod recording;
mod sign_in;
mod streams;
