//! Black-box tests of the built binary: a real browser, raw clients, real upstreams.
//!
//! - [`browser`]: a small client of the Chrome DevTools Protocol that drives Chromium as a person would;
//! - [`origin`]: a small web server whose pages a test writes.

pub mod browser;
pub mod origin;
mod trouble;

pub use trouble::Trouble;
