//! What a World is made of: maps that are cloned in constant time, shared between the builder and every snapshot.

use std::sync::Arc;

use arcstr::ArcStr;
use imbl::OrdMap;
use sekisho_model::documents::{Check, Grant, Kind, Resource, Settings};
use sekisho_model::facts::{FactBase, Handle, Interner, Radix};
use sekisho_model::{CheckId, Host, SessionFacts, SessionId, ThreatListId, Timestamp};
use sekisho_policy_language::Policies;

use crate::FoldProblem;
use crate::networks::NetworkMap;
use crate::trust::ActiveSignal;

/// The shared state behind a World.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) facts: FactBase,
    pub(crate) policies: Arc<Policies>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) zones: Arc<NetworkMap<ArcStr>>,
    pub(crate) threats: OrdMap<ThreatListId, Arc<NetworkMap<u8>>>,
    pub(crate) sessions: OrdMap<SessionId, Arc<SessionFacts>>,
    pub(crate) resources: OrdMap<Handle, Arc<Resource>>,
    pub(crate) hosts: OrdMap<Host, Handle>,
    pub(crate) devices: Radix<DeviceState>,
    pub(crate) grants: OrdMap<(Handle, Handle), Arc<Vec<Grant>>>,
    pub(crate) signals: OrdMap<Handle, Arc<Vec<ActiveSignal>>>,
    pub(crate) checks: OrdMap<CheckId, Arc<Check>>,
    pub(crate) problems: OrdMap<(Kind, String), Arc<FoldProblem>>,
}

/// What is known of an enrolled device besides its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceState {
    /// The first 128 bits of its key's SHA-256; `None` until it is enrolled. No more, because there are a million of
    /// these and 128 bits are what the key itself is worth.
    pub(crate) key: Option<[u8; 16]>,
    /// When it last reported.
    pub(crate) reported_at: Option<Timestamp>,
    /// Whether it may be used.
    pub(crate) active: bool,
}

impl DeviceState {
    /// Whether it is enrolled and not revoked.
    pub(crate) const fn is_usable(&self) -> bool {
        self.active && self.key.is_some()
    }
}

impl View {
    pub(crate) fn new(interner: Arc<Interner>) -> Self {
        Self {
            facts: FactBase::new(interner),
            policies: Arc::new(Policies::empty()),
            settings: Arc::default(),
            zones: Arc::default(),
            threats: OrdMap::new(),
            sessions: OrdMap::new(),
            resources: OrdMap::new(),
            hosts: OrdMap::new(),
            devices: Radix::default(),
            grants: OrdMap::new(),
            signals: OrdMap::new(),
            checks: OrdMap::new(),
            problems: OrdMap::new(),
        }
    }
}
