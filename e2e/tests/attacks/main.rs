//! Published attacks against the built binary, with an origin that keeps every byte, and what must hold after every case.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "the numbers of cases are printed")]

mod bystander;
mod chaos;
mod clocks;
mod cluster;
mod count;
mod expectations;
mod floods;
mod forewords;
mod full;
mod ground;
mod many_sessions;
mod moments;
mod partition;
mod pressure;
mod record;
mod routes;
mod scenario;
mod sessions;
mod shared_store;
mod sign_ins;
mod skew;
mod slow_clients;
mod tables;
mod tunnels;
mod whose;
