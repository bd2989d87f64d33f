//! The steps after the eight: one for each pillar's capability, each in its own file and each with people and connections of its own.

mod access_requests;
mod api_protection;
mod classification;
mod detection;
mod directory;
mod events;
mod federation;
mod governance;
mod resolver;
mod response;
mod threats;
mod vulnerabilities;
mod workloads;

use std::pin::Pin;

use super::Seen;
use crate::scene::Scene;

/// A step of one capability.
pub(super) struct Slice {
    /// Its title: the capability.
    pub(super) title: &'static str,
    /// What must be seen.
    pub(super) expected: &'static str,
    /// Does it, and says what was seen.
    pub(super) run: for<'a> fn(&'a Scene) -> Pin<Box<dyn Future<Output = Seen> + 'a>>,
}

/// The steps in their order. Each is one line here.
pub(super) const ALL: &[Slice] = &[
    access_requests::SLICE,
    threats::SLICE,
    vulnerabilities::SLICE,
    federation::SLICE,
    directory::SLICE,
    classification::SLICE,
    events::SLICE,
    detection::SLICE,
    governance::SLICE,
    response::SLICE,
    api_protection::SLICE,
    resolver::SLICE,
    workloads::SLICE,
];
