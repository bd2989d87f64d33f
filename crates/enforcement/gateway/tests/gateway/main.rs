//! The gateway from outside: sockets in, sockets out, with a World of documents and a real ledger.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]
mod answers;
mod authority;
mod before_the_answer;
mod budget;
mod calls;
mod connect;
mod cross_origin;
mod device;
mod early_answers;
mod health;
mod http2;
mod limits;
mod local;
mod names;
mod origin;
mod patience;
mod platform;
mod recording;
mod refused_heads;
mod renewed;
mod resolved_names;
mod scripted;
mod sign_in;
mod streams;
mod transport_security;
mod upstreams;
