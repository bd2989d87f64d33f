//! Carries out the obligations of a permit on data that passes.
//!
//! [`Treatment::of`] says whether a permit obliges to change an answer; then the request asks for the whole answer in plain form, and a
//! [`Filter`] masks the sensitive values in it while it streams. What cannot be read is not passed: an answer that nobody looked into is
//! not a masked one.

mod filter;
mod media;
mod passage;
mod treatment;

pub use filter::{Filter, Stopped};
pub use media::Unreadable;
pub use passage::Passage;
pub use treatment::Treatment;
