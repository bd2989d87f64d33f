//! Requests that nobody makes: for asking what people could reach in a World.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{
    AccessRequest, Action, Evidence, Method, MethodSet, RequestId, RequestParts, SessionFacts, SessionId, Span,
    Timestamp, WhyUnknown,
};
use sekisho_policy_information::World;

/// An address of no network: it has no zone and no threat score.
pub const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The session of somebody who signed in with a passkey at this moment.
pub fn session(subject: Handle, now: Timestamp) -> Arc<SessionFacts> {
    Arc::new(SessionFacts {
        id: SessionId::from_bytes([0; 16]),
        subject,
        device: None,
        established_at: now,
        authenticated_at: now,
        expires_at: now.plus(Span::from_minutes(1)),
        methods: MethodSet::EMPTY.with(Method::Passkey),
        assurance_limit: None,
        rotation: 0,
    })
}

/// The devices of people, as far as they are known at one moment: those that reported lately.
pub struct KnownDevices(BTreeMap<Handle, Vec<Handle>>);

impl KnownDevices {
    /// Those of a World at a moment.
    #[must_use]
    pub fn of(world: &World, now: Timestamp) -> Self {
        let mut devices: BTreeMap<Handle, Vec<Handle>> = BTreeMap::new();
        for device in world.devices() {
            if let Fact::Entity(owner) = device.facts.get(Slot::Owner)
                && matches!(world.device_evidence(device.handle, now), Evidence::Known(_))
            {
                devices.entry(*owner).or_default().push(device.handle);
            }
        }
        Self(devices)
    }

    /// The devices from which a person could ask, and none.
    pub fn of_person(&self, user: Handle) -> Vec<Evidence<Handle>> {
        let own = self.0.get(&user).into_iter().flatten().map(|device| Evidence::Known(*device));
        std::iter::once(Evidence::Unknown(WhyUnknown::NotProven)).chain(own).collect()
    }
}

/// The request of a session.
pub fn request(
    world: &World,
    session: &Arc<SessionFacts>,
    device: Evidence<Handle>,
    resource: Handle,
    action: Action,
) -> AccessRequest {
    AccessRequest::new(RequestParts {
        id: RequestId::new("supposed"),
        session: Arc::clone(session),
        device,
        resource,
        action,
        network: world.network(NOWHERE),
        http: None,
    })
}
