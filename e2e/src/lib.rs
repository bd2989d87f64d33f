//! Black-box tests of the built binary: a real browser, raw clients, real upstreams.
//!
//! - [`acme`]: a strict certificate authority that speaks ACME;
//! - [`browser`]: a small client of the Chrome DevTools Protocol that drives Chromium as a person would;
//! - [`client`]: a person without browser, with cookies and a passkey in software, and WebSockets; a program with an API token;
//! - [`origin`]: a small web server whose pages a test writes;
//! - [`peer`]: real proxies that ask the platform for decisions, and an application that does;
//! - [`platform`]: the `sekisho` binary on free ports with a folder of its own;
//! - [`servers`]: web servers that other people wrote, each telling what it takes for a request;
//! - [`services`]: a real `sshd` and a real PostgreSQL, to stand behind tunnels.

pub mod acme;
pub mod browser;
pub mod client;
mod installed;
pub mod instant;
pub mod origin;
pub mod peer;
pub mod platform;
pub mod servers;
pub mod services;
mod trouble;

pub use installed::installed;
pub use trouble::Trouble;
