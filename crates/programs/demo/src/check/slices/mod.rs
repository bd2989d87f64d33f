//! The steps after the eight: one for each pillar's capability, each in its own file and each with people and connections of its own.

mod access_requests;
mod agents;
mod api_protection;
mod behaviour;
mod classification;
mod detection;
mod directory;
mod events;
mod federation;
mod governance;
mod openid_provider;
mod policy_life_cycle;
mod resolver;
mod response;
mod shared_signals;
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
    openid_provider::SLICE,
    directory::SLICE,
    classification::SLICE,
    events::SLICE,
    detection::SLICE,
    behaviour::SLICE,
    governance::SLICE,
    response::SLICE,
    api_protection::SLICE,
    resolver::SLICE,
    shared_signals::SLICE,
    workloads::SLICE,
    agents::SLICE,
    policy_life_cycle::SLICE,
];
