//! Published attacks against the built binary, with an origin that keeps every byte, and what must hold after every case.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "the numbers of cases are printed")]

mod broken_bodies;
mod bystander;
mod chaos;
mod clocks;
mod cluster;
mod cookies;
mod count;
mod differential;
mod expectations;
mod first_starts;
mod floods;
mod forewords;
mod full;
mod ground;
mod guesses;
mod introductions;
mod kept_cookies;
mod linear;
mod many_sessions;
mod moments;
mod navigations;
mod partition;
mod plain_http;
mod pressure;
mod record;
mod routes;
mod scenario;
mod sessions;
mod shared_store;
mod sign_ins;
mod skew;
mod slow_clients;
mod stalled;
mod stores;
mod suspended;
mod tables;
mod tunnels;
mod visits;
mod volumes;
mod wandering_cookies;
mod whose;
