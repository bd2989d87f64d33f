//! The fold: documents in, snapshots out. One owner, no clock: the times are in the changes and in the call.

mod api_documents;
mod api_tokens;
mod assessed;
mod assessments;
mod changed;
mod devices;
mod enforcement_points;
mod grants;
mod groups;
mod mentions;
mod names;
mod people;
mod policies;
mod pool;
mod publish;
mod resources;
mod sessions;
mod signals;
mod surroundings;
mod workloads;

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet, Vector};
use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::{EntityType, Fact, Handle, Interner, Radix, Slot};
use sekisho_model::{AssessmentId, GrantId, Host, ResourceId, SessionId, SignalId, TimeZone, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::view::View;
use crate::{FoldProblem, Publication};
use assessed::{Assessed, Target};
use changed::Changed;
use devices::PostureFacts;
use groups::GroupGraph;
use mentions::Mentions;
use pool::FactPool;
use sessions::StoredSession;

/// Folds changes into Worlds. A clone is a rehearsal: it costs next to nothing, and what it is given does not reach the
/// original.
#[derive(Debug, Clone)]
pub struct WorldBuilder {
    view: View,
    revision: u64,
    publication: u64,
    recent: Vector<Arc<Publication>>,
    changed: Changed,
    pool: FactPool,
    groups: GroupGraph,
    /// The groups each user and each workload is directly in, by its number.
    memberships: Radix<Box<[Handle]>>,
    /// The groups whose members' ancestors must be computed again.
    regrouped: BTreeSet<Handle>,
    /// What devices reported that are not there (yet).
    early_postures: OrdMap<Handle, PostureFacts>,
    /// Every session as stored, whether or not its user and device may be used.
    stored_sessions: OrdMap<SessionId, StoredSession>,
    /// The sessions of each user and of each device.
    sessions_of: OrdSet<(Handle, SessionId)>,
    host_claims: OrdMap<Host, OrdSet<ResourceId>>,
    /// What each assessment is about.
    assessment_targets: OrdMap<AssessmentId, Target>,
    /// The assessments of each target, in the order of their ends.
    assessed: OrdMap<Target, Arc<Vec<Assessed>>>,
    /// When the next assessment of a target ends.
    assessment_ends: OrdSet<(Timestamp, Target)>,
    /// The targets whose assessed facts must be computed again.
    reassessed: BTreeSet<Target>,
    /// What the platform itself knows, where an assessment counts instead.
    unassessed: OrdMap<(Handle, Slot), Fact>,
    /// The highest assurance that assessments leave a session.
    assurance_limits: OrdMap<SessionId, u8>,
    grant_keys: OrdMap<GrantId, (Handle, Handle)>,
    signal_targets: OrdMap<SignalId, Handle>,
    /// The users and devices whose risk must be weighed again.
    reweighed: BTreeSet<Handle>,
    /// When the next signal about a user or device ends.
    signal_ends: OrdSet<(Timestamp, Handle)>,
    policy_texts: OrdMap<String, Arc<str>>,
    policies_changed: bool,
    mentions: Arc<Mentions>,
    time_zones: TimeZones,
}

/// Finds a time zone by its name in the IANA database. This crate has no database: the shells bring one.
pub type TimeZones = fn(&str) -> Option<TimeZone>;

impl Default for WorldBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl WorldBuilder {
    /// A builder that has seen nothing. Worlds of two builders cannot be mixed: to read everything again, go on
    /// [`WorldBuilder::afresh`].
    #[must_use]
    pub fn new() -> Self {
        Self::over(Arc::new(Interner::new()), 0)
    }

    /// The same builder, which finds named time zones with this function. Without one every name is unknown, and a document that
    /// names a time zone is not in force.
    #[must_use]
    pub fn with_time_zones(mut self, time_zones: TimeZones) -> Self {
        self.time_zones = time_zones;
        self
    }

    /// A builder that has seen nothing and may come in this one's place: handles keep their meaning, so what was opened in an
    /// earlier World can be decided in a later one.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self::over(Arc::clone(self.view.facts.interner()), 0).with_time_zones(self.time_zones)
    }

    /// Goes on as the other one, made by [`WorldBuilder::afresh`], whose first publication counts as a change of everything.
    pub fn replace(&mut self, afresh: Self) {
        let publication = self.publication;
        *self = afresh;
        self.publication = publication;
        self.changed.everything();
    }

    fn over(interner: Arc<Interner>, publication: u64) -> Self {
        Self {
            view: View::new(interner),
            revision: 0,
            publication,
            recent: Vector::new(),
            changed: Changed::default(),
            pool: FactPool::default(),
            groups: GroupGraph::default(),
            memberships: Radix::default(),
            regrouped: BTreeSet::new(),
            early_postures: OrdMap::new(),
            stored_sessions: OrdMap::new(),
            sessions_of: OrdSet::new(),
            host_claims: OrdMap::new(),
            assessment_targets: OrdMap::new(),
            assessed: OrdMap::new(),
            assessment_ends: OrdSet::new(),
            reassessed: BTreeSet::new(),
            unassessed: OrdMap::new(),
            assurance_limits: OrdMap::new(),
            grant_keys: OrdMap::new(),
            signal_targets: OrdMap::new(),
            reweighed: BTreeSet::new(),
            signal_ends: OrdSet::new(),
            policy_texts: OrdMap::new(),
            policies_changed: false,
            mentions: Arc::default(),
            time_zones: |_| None,
        }
    }

    /// Folds one change. Publish after the last change of a transaction, so that a World never shows half of one.
    ///
    /// # Errors
    /// [`FoldProblem`] when the document does not count, or only in part. It has been folded as far as it counts, and the
    /// problem stands in [`crate::World::problems`] until a change mends it. Policies are loaded at the next publication,
    /// when all files of a transaction are there.
    pub fn apply(&mut self, change: &Change) -> Result<(), FoldProblem> {
        self.revision = self.revision.max(change.revision);
        let key = (change.kind, change.id.clone());
        self.view.problems.remove(&key);
        if let Err(problem) = self.fold(change.kind, &change.id, change.body.as_ref()) {
            // Removing cannot fail: it reads no body and names nothing new.
            let _ = self.fold(change.kind, &change.id, None);
            self.view.problems.insert(key.clone(), Arc::new(problem));
        }
        self.view.problems.get(&key).map_or(Ok(()), |problem| Err(FoldProblem::clone(problem)))
    }

    /// Notes the stored kinds that this program does not know, with whether decisions depend on them. Returns whether that
    /// changed anything.
    pub fn set_unknown_kinds<'k>(&mut self, kinds: impl Iterator<Item = (&'k str, bool)>) -> bool {
        let problem = |(kind, is_critical): (&str, bool)| {
            (kind.to_owned(), Arc::new(FoldProblem::UnknownKind { kind: kind.to_owned(), is_critical }))
        };
        let kinds: OrdMap<String, Arc<FoldProblem>> = kinds.map(problem).collect();
        let is_changed = kinds != self.view.unknown_kinds;
        if is_changed {
            self.view.unknown_kinds = kinds;
            self.changed.everything();
        }
        is_changed
    }

    fn fold(&mut self, kind: Kind, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        match kind {
            Kind::User => self.fold_user(id, body),
            Kind::Group => self.fold_group(id, body),
            Kind::Device => self.fold_device(id, body),
            Kind::Posture => self.fold_posture(id, body),
            Kind::Check => self.fold_check(id, body),
            Kind::Resource => self.fold_resource(id, body),
            Kind::ApiDocument => self.fold_api_document(id, body),
            Kind::EnforcementPoint => self.fold_enforcement_point(id, body),
            Kind::Policy => self.fold_policy(id, body),
            Kind::Session => self.fold_session(id, body),
            Kind::Grant => self.fold_grant(id, body),
            Kind::Signal => self.fold_signal(id, body),
            Kind::Assessment => self.fold_assessment(id, body),
            Kind::ThreatList => self.fold_threat_list(id, body),
            Kind::Settings => self.fold_settings(id, body),
            Kind::ApiToken => self.fold_api_token(id, body),
            Kind::NameList => self.fold_name_list(id, body),
            Kind::ResolverToken => self.fold_resolver_token(id, body),
            Kind::Workload => self.fold_workload(id, body),
            Kind::WorkloadCredential => self.fold_workload_credential(id, body),
            // Nothing that decisions read.
            Kind::GrantRequest
            | Kind::Playbook
            | Kind::Response
            | Kind::ThreatFeed
            | Kind::Label
            | Kind::DataScan
            | Kind::VulnerabilitySource
            | Kind::SoftwareInventory
            | Kind::VulnerabilityReport
            | Kind::ApiTokenUse
            | Kind::IdentityProvider
            | Kind::DirectoryEntry
            | Kind::Credential
            | Kind::OneTime
            | Kind::Key => Ok(()),
            #[cfg(feature = "newer-version")]
            Kind::NewerNote | Kind::NewerRule => Ok(()),
        }
    }

    /// The handle of a name, made if it is new.
    fn name(&self, kind: EntityType, name: &str, document: (Kind, &str)) -> Result<Handle, FoldProblem> {
        let (document, id) = document;
        let named = self.view.facts.interner().intern(kind, name);
        named.map_err(|_| FoldProblem::TooMany { kind: document, id: id.to_owned() })
    }

    /// The handle of a name that was used before.
    fn named(&self, kind: EntityType, name: &str) -> Option<Handle> {
        self.view.facts.interner().lookup(kind, name)
    }
}

/// Reads a document whose `field` must say its identifier.
fn read<T: DeserializeOwned>(kind: Kind, id: &str, field: &str, body: &Value) -> Result<T, FoldProblem> {
    match body.get(field).and_then(Value::as_str) {
        Some(inside) if inside != id => Err(unreadable(kind, id, format!("its `{field}` field says `{inside}`"))),
        _ => T::deserialize(body).map_err(|error| unreadable(kind, id, error.to_string())),
    }
}

fn unreadable(kind: Kind, id: &str, message: String) -> FoldProblem {
    FoldProblem::Unreadable { kind, id: id.to_owned(), message }
}
