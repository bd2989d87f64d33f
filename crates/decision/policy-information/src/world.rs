//! The World: everything decisions read, at one revision, immutable. Cheap to share and to keep.

use std::net::IpAddr;
use std::sync::Arc;

use arcstr::ArcStr;
use imbl::Vector;
use sekisho_model::documents::{
    ApiToken, ApiTokenId, Check, EnforcementPoint, Grant, NameList, ResolverToken, Resource, Settings,
};
use sekisho_model::facts::{ContextSlot, Entity, EntityType, Fact, FactBase, Handle, Slot};
use sekisho_model::{
    CheckId, NetworkFacts, ResourceId, SessionFacts, SessionId, TimeZone, Timestamp, WorkloadId, is_live,
};
use sekisho_policy_language::Policies;

use crate::view::{DeviceState, View};
use crate::{FoldProblem, ProtectedApi, Publication};

/// An immutable snapshot. Made by [`crate::WorldBuilder::publish`].
#[derive(Debug)]
pub struct World {
    pub(crate) revision: u64,
    pub(crate) publication: u64,
    pub(crate) published_at: Timestamp,
    pub(crate) recent: Vector<Arc<Publication>>,
    pub(crate) view: View,
}

/// A device as lists show it.
#[derive(Debug, Clone)]
pub struct DeviceView<'a> {
    /// The device.
    pub handle: Handle,
    /// Its identifier.
    pub id: ArcStr,
    /// Its facts.
    pub facts: &'a Entity,
    /// Whether it may be used: enrolled and not revoked.
    pub usable: bool,
    /// When it last reported.
    pub reported_at: Option<Timestamp>,
}

impl World {
    /// The store's revision that this World shows.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The number of this publication. It grows with every one, also where only time changed something.
    #[must_use]
    pub const fn publication(&self) -> u64 {
        self.publication
    }

    /// When it was published.
    #[must_use]
    pub const fn published_at(&self) -> Timestamp {
        self.published_at
    }

    /// The entities: users, groups, devices, resources.
    #[must_use]
    pub const fn facts(&self) -> &FactBase {
        &self.view.facts
    }

    /// The policies in force.
    #[must_use]
    pub const fn policies(&self) -> &Arc<Policies> {
        &self.view.policies
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.view.settings
    }

    /// The time zone of `context.hour` and `context.weekday`.
    #[must_use]
    pub const fn time_zone(&self) -> &Arc<TimeZone> {
        &self.view.time_zone
    }

    /// What is wrong with the documents this World was folded from, in order of kind and identifier.
    pub fn problems(&self) -> impl Iterator<Item = &FoldProblem> {
        self.view.problems.values().chain(self.view.unknown_kinds.values()).map(AsRef::as_ref)
    }

    /// The stored kinds that this program does not know, in order of name: a newer version wrote them.
    pub fn unknown_kinds(&self) -> impl Iterator<Item = &FoldProblem> {
        self.view.unknown_kinds.values().map(AsRef::as_ref)
    }

    /// A stored kind that this program does not know and that decisions depend on. While there is one, everything is denied.
    #[must_use]
    pub fn unreadable_kind(&self) -> Option<&str> {
        self.unknown_kinds().find_map(|problem| match problem {
            FoldProblem::UnknownKind { kind, is_critical: true } => Some(kind.as_str()),
            _ => None,
        })
    }

    /// A session that is there, whose user may sign in. It may have expired: see [`World::live_session`].
    ///
    /// Its device is absent when that device was revoked or removed.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<&Arc<SessionFacts>> {
        self.view.sessions.get(id)
    }

    /// A session that is there, has not reached its end, and rests on no authentication of the future.
    #[must_use]
    pub fn live_session(&self, id: &SessionId, now: Timestamp) -> Option<&Arc<SessionFacts>> {
        self.session(id).filter(|session| is_live(session.authenticated_at, session.expires_at, now))
    }

    /// A session as an application's cookie of an earlier rotation shows it: with what it could do then, and nothing that it gained
    /// since. `None` when the cookie no longer counts there.
    #[must_use]
    pub fn session_before(
        &self,
        id: &SessionId,
        rotation: u32,
        resource: &ResourceId,
        now: Timestamp,
    ) -> Option<&Arc<SessionFacts>> {
        let session = self.live_session(id, now).filter(|session| rotation < session.rotation)?;
        let renewed = self.view.renewed.get(&session.id)?;
        renewed.counts(resource, rotation, now).then(|| renewed.at(rotation)).flatten()
    }

    /// A session, seen from a stream that was opened in it: what it gained since is not the stream's.
    #[must_use]
    pub fn session_of_stream(&self, opened: &SessionFacts) -> Option<&Arc<SessionFacts>> {
        let Some(session) = self.session(&opened.id) else { return self.workload_session(&opened.id) };
        if opened.rotation >= session.rotation {
            return Some(session);
        }
        let former = self.view.renewed.get(&opened.id).and_then(|renewed| renewed.at(opened.rotation));
        Some(former.unwrap_or(session))
    }

    /// Every session, in order of identifier.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<SessionFacts>> {
        self.view.sessions.values()
    }

    /// The resource that people reach under a host name. `None` also when two resources claim it.
    #[must_use]
    pub fn resource_by_host(&self, host: &str) -> Option<Handle> {
        self.view.hosts.get(host).copied()
    }

    /// A resource's document.
    #[must_use]
    pub fn resource(&self, handle: Handle) -> Option<&Arc<Resource>> {
        self.view.resources.get(&handle)
    }

    /// The API behind a resource that people reach through the gateway, when it has an API document.
    #[must_use]
    pub fn api(&self, resource: Handle) -> Option<&Arc<ProtectedApi>> {
        // Our own pages have no document: nobody locks the administration out with one.
        let is_behind_us = |known: &Arc<Resource>| known.upstream.is_some() || !known.addresses.is_empty();
        self.view.apis.get(&resource).filter(|_| self.resource(resource).is_some_and(is_behind_us))
    }

    /// Every resource.
    pub fn resources(&self) -> impl Iterator<Item = (Handle, &Arc<Resource>)> {
        self.view.resources.iter().map(|(handle, resource)| (*handle, resource))
    }

    /// A declared device check by its identifier: why a device that fails it is not compliant, and what helps.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Arc<Check>> {
        self.view.checks.get(&id.parse::<CheckId>().ok()?)
    }

    /// Every declared device check, in order of identifier.
    pub fn checks(&self) -> impl Iterator<Item = &Arc<Check>> {
        self.view.checks.values()
    }

    /// Every enforcement point that is not ours, in order of identifier.
    pub fn enforcement_points(&self) -> impl Iterator<Item = &Arc<EnforcementPoint>> {
        self.view.enforcement_points.values()
    }

    /// The port under which people reach a resource, where an enforcement point that is not ours holds it.
    #[must_use]
    pub fn port_of(&self, resource: &ResourceId) -> Option<u16> {
        let mut holders = self.enforcement_points().filter(|point| point.resources.contains(resource));
        holders.find_map(|point| point.port)
    }

    /// An API token, whether or not it may be used now. `None` where a workload has its name.
    #[must_use]
    pub fn api_token(&self, id: &ApiTokenId) -> Option<&Arc<ApiToken>> {
        let is_workload = id.as_str().parse::<WorkloadId>().is_ok_and(|id| self.view.workloads.contains_key(&id));
        self.view.api_tokens.get(id).filter(|_| !is_workload)
    }

    /// Every API token, in order of identifier.
    pub fn api_tokens(&self) -> impl Iterator<Item = &Arc<ApiToken>> {
        self.view.api_tokens.values()
    }

    /// Every list of domain names, in order of identifier.
    pub fn name_lists(&self) -> impl Iterator<Item = &Arc<NameList>> {
        self.view.name_lists.values()
    }

    /// Every token for the resolver, in order of identifier, whether or not it may be used now.
    pub fn resolver_tokens(&self) -> impl Iterator<Item = &Arc<ResolverToken>> {
        self.view.resolver_tokens.values()
    }

    /// Every user.
    pub fn users(&self) -> impl Iterator<Item = Handle> {
        self.facts().of_type(EntityType::User).map(|(handle, _)| handle)
    }

    /// An existing user.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<Handle> {
        self.facts().find(EntityType::User, id)
    }

    /// An existing device, revoked or not.
    #[must_use]
    pub fn device(&self, id: &str) -> Option<Handle> {
        self.facts().find(EntityType::Device, id)
    }

    /// The identifier behind a handle.
    #[must_use]
    pub fn id(&self, handle: Handle) -> ArcStr {
        self.facts().interner().name(handle)
    }

    /// What people call an entity: a user's display name, a resource's English name, else its identifier.
    #[must_use]
    pub fn display_name(&self, handle: Handle) -> ArcStr {
        if let Some(resource) = self.resource(handle) {
            return ArcStr::from(resource.name.en.as_str());
        }
        match self.facts().get(handle).map(|entity| entity.get(Slot::Name)) {
            Some(Fact::String(name)) => name.clone(),
            _ => self.id(handle),
        }
    }

    /// Every device, revoked ones too.
    pub fn devices(&self) -> impl Iterator<Item = DeviceView<'_>> {
        self.facts().of_type(EntityType::Device).filter_map(|(handle, _)| self.device_view(handle))
    }

    /// The devices assigned to a user.
    pub fn devices_of(&self, user: Handle) -> impl Iterator<Item = DeviceView<'_>> {
        self.devices().filter(move |device| *device.facts.get(Slot::Owner) == Fact::Entity(user))
    }

    /// A device as lists show it.
    #[must_use]
    pub fn device_view(&self, handle: Handle) -> Option<DeviceView<'_>> {
        let (facts, state) = (self.facts().get(handle)?, self.device_state(handle)?);
        Some(DeviceView {
            handle,
            id: self.id(handle),
            facts,
            usable: state.is_usable(),
            reported_at: state.reported_at(),
        })
    }

    /// What is known of an address: its zone, its threat score, and what assessments say of it.
    #[must_use]
    pub fn network(&self, ip: IpAddr) -> NetworkFacts {
        let ip = ip.to_canonical();
        let mut facts = NetworkFacts::new(ip);
        if let Some(zone) = self.view.zones.get(ip) {
            facts = facts.with(ContextSlot::NetworkZone, Fact::String(zone.clone()));
        }
        if let Some(score) = self.view.threats.values().filter_map(|list| list.get(ip)).max() {
            facts = facts.with(ContextSlot::NetworkThreat, Fact::Long((*score).into()));
        }
        self.view.assessed_networks.add_to(facts)
    }

    /// The grant under which a subject may ask for a resource: of those that have not ended, the one that lasts longest.
    #[must_use]
    pub fn grant(&self, subject: Handle, resource: Handle, now: Timestamp) -> Option<&Grant> {
        let grants = self.view.grants.get(&(subject, resource))?;
        grants.iter().find(|grant| now < grant.until)
    }

    /// Every grant, also those that have ended.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.view.grants.values().flat_map(|grants| grants.iter())
    }

    pub(crate) fn device_state(&self, device: Handle) -> Option<&DeviceState> {
        self.view.devices.get(device.index())
    }

    pub(crate) fn recent(&self) -> impl Iterator<Item = &Arc<Publication>> {
        self.recent.iter()
    }
}
