//! What a World is made of: maps that are cloned in constant time, shared between the builder and every snapshot.

use std::num::NonZeroU64;
use std::sync::Arc;

use arcstr::ArcStr;
use imbl::{OrdMap, OrdSet};
use sekisho_model::documents::{
    ApiToken, ApiTokenId, Check, EnforcementPoint, Grant, Kind, NameList, ResolverToken, Resource, Settings, Workload,
};
use sekisho_model::facts::{FactBase, Handle, Interner, Radix};
use sekisho_model::{
    CheckId, EnforcementPointId, Host, Name, SessionFacts, SessionId, ThreatListId, TimeZone, Timestamp, WorkloadId,
};
use sekisho_policy_language::Policies;

use crate::assessed_networks::AssessedNetworks;
use crate::networks::NetworkMap;
use crate::renewals::Renewed;
use crate::trust::ActiveSignal;
use crate::workload_credential::Credential;
use crate::{FoldProblem, ProtectedApi};

/// The shared state behind a World.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) facts: FactBase,
    pub(crate) policies: Arc<Policies>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) time_zone: Arc<TimeZone>,
    pub(crate) zones: Arc<NetworkMap<ArcStr>>,
    pub(crate) assessed_networks: AssessedNetworks,
    pub(crate) threats: OrdMap<ThreatListId, Arc<NetworkMap<u8>>>,
    pub(crate) sessions: OrdMap<SessionId, Arc<SessionFacts>>,
    /// What renewed sessions were before.
    pub(crate) renewed: OrdMap<SessionId, Renewed>,
    pub(crate) resources: OrdMap<Handle, Arc<Resource>>,
    pub(crate) hosts: OrdMap<Host, Handle>,
    pub(crate) apis: OrdMap<Handle, Arc<ProtectedApi>>,
    pub(crate) devices: Radix<DeviceState>,
    pub(crate) grants: OrdMap<(Handle, Handle), Arc<Vec<Grant>>>,
    pub(crate) signals: OrdMap<Handle, Arc<Vec<ActiveSignal>>>,
    pub(crate) checks: OrdMap<CheckId, Arc<Check>>,
    pub(crate) enforcement_points: OrdMap<EnforcementPointId, Arc<EnforcementPoint>>,
    pub(crate) api_tokens: OrdMap<ApiTokenId, Arc<ApiToken>>,
    pub(crate) name_lists: OrdMap<Name, Arc<NameList>>,
    pub(crate) resolver_tokens: OrdMap<Name, Arc<ResolverToken>>,
    pub(crate) workloads: OrdMap<WorkloadId, Arc<Workload>>,
    pub(crate) workload_credentials: OrdMap<SessionId, Arc<Credential>>,
    /// The credentials that are certificates, by their keys.
    pub(crate) workload_keys: OrdSet<(ArcStr, SessionId)>,
    pub(crate) problems: OrdMap<(Kind, String), Arc<FoldProblem>>,
    /// The stored kinds that this program does not know, each with its problem.
    pub(crate) unknown_kinds: OrdMap<String, Arc<FoldProblem>>,
}

/// What is known of an enrolled device besides its facts.
///
/// In 24 bytes, because there are a million of these: the first 128 bits of the key's SHA-256, which is what the key itself
/// is worth, and the time of the report, which is never zero so that an absent state takes no room of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceState {
    key: [u64; 2],
    reported_at: NonZeroU64,
}

/// The first 128 bits of a key's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyPrefix([u64; 2]);

/// A time that no report has.
const NEVER: NonZeroU64 = NonZeroU64::MAX;

impl DeviceState {
    /// A device with its key, unless it is not enrolled or was revoked, and the time of its last report.
    pub(crate) fn new(key: Option<KeyPrefix>, reported_at: Option<Timestamp>) -> Self {
        // Times before 1970 do not come from the server's clock; they count as its beginning.
        let millis = reported_at.and_then(|at| u64::try_from(at.as_millis().max(0)).ok());
        let reported_at = millis.and_then(|millis| NonZeroU64::new(millis.saturating_add(1)));
        Self { key: key.map_or([0, 0], |key| key.0), reported_at: reported_at.unwrap_or(NEVER) }
    }

    /// Its key; `None` when it is not enrolled or was revoked.
    pub(crate) fn key(&self) -> Option<KeyPrefix> {
        (self.key != [0, 0]).then_some(KeyPrefix(self.key))
    }

    /// When it last reported.
    pub(crate) fn reported_at(&self) -> Option<Timestamp> {
        let millis = i64::try_from(self.reported_at.get().saturating_sub(1)).ok();
        millis.filter(|_| self.reported_at != NEVER).map(Timestamp::from_millis)
    }

    /// Whether it is enrolled and not revoked.
    pub(crate) fn is_usable(&self) -> bool {
        self.key().is_some()
    }
}

impl KeyPrefix {
    /// The prefix of a key by its hexadecimal SHA-256, if it is one.
    pub(crate) fn of(key_sha256: &str) -> Option<Self> {
        let mut whole = [0; 32];
        hex::decode_to_slice(key_sha256, &mut whole).ok()?;
        let (first, rest) = whole.split_first_chunk()?;
        let (second, _) = rest.split_first_chunk()?;
        // No key has a hash that begins with 128 zeros; what claims to have one has none.
        Some(Self([u64::from_be_bytes(*first), u64::from_be_bytes(*second)])).filter(|key| key.0 != [0, 0])
    }
}

impl View {
    pub(crate) fn new(interner: Arc<Interner>) -> Self {
        Self {
            facts: FactBase::new(interner),
            policies: Arc::new(Policies::empty()),
            settings: Arc::default(),
            time_zone: Arc::new(TimeZone::fixed(Settings::default().utc_offset_minutes)),
            zones: Arc::default(),
            assessed_networks: AssessedNetworks::default(),
            threats: OrdMap::new(),
            sessions: OrdMap::new(),
            renewed: OrdMap::new(),
            resources: OrdMap::new(),
            hosts: OrdMap::new(),
            apis: OrdMap::new(),
            devices: Radix::default(),
            grants: OrdMap::new(),
            signals: OrdMap::new(),
            checks: OrdMap::new(),
            enforcement_points: OrdMap::new(),
            api_tokens: OrdMap::new(),
            name_lists: OrdMap::new(),
            resolver_tokens: OrdMap::new(),
            workloads: OrdMap::new(),
            workload_credentials: OrdMap::new(),
            workload_keys: OrdSet::new(),
            problems: OrdMap::new(),
            unknown_kinds: OrdMap::new(),
        }
    }
}
