//! Whom a response would reach, from one World: counted once for every response of a turn.

use std::collections::HashMap;

use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{DeviceId, Timestamp, UserId};
use sekisho_policy_information::World;

use crate::journal::Reach;

/// The most devices that one response isolates.
const MOST_DEVICES: usize = 50;

/// Sessions, devices and tokens by person.
#[derive(Debug, Default)]
pub(crate) struct Census {
    sessions: HashMap<Handle, usize>,
    devices: HashMap<Handle, Vec<DeviceId>>,
    tokens: HashMap<UserId, usize>,
}

impl Census {
    /// Counts.
    pub(crate) fn of(world: &World, now: Timestamp) -> Self {
        let mut census = Self::default();
        for session in world.sessions().filter(|session| now < session.expires_at) {
            *census.sessions.entry(session.subject).or_default() += 1;
        }
        for device in world.devices() {
            if let (Fact::Entity(owner), Ok(id)) = (device.facts.get(Slot::Owner), device.id.parse()) {
                census.devices.entry(*owner).or_default().push(id);
            }
        }
        for token in world.api_tokens().filter(|token| now < token.expires_at) {
            *census.tokens.entry(token.owner.clone()).or_default() += 1;
        }
        census
    }

    /// The devices of a person.
    pub(crate) fn devices_of(&self, person: Handle) -> Vec<DeviceId> {
        self.devices.get(&person).into_iter().flatten().take(MOST_DEVICES).cloned().collect()
    }

    /// Whom a response about this person and these devices reaches.
    pub(crate) fn reach(&self, person: Option<(Handle, &UserId)>, devices: usize) -> Reach {
        Reach {
            people: usize::from(person.is_some()),
            sessions: person.and_then(|(handle, _)| self.sessions.get(&handle).copied()).unwrap_or_default(),
            devices,
            tokens: person.and_then(|(_, id)| self.tokens.get(id).copied()).unwrap_or_default(),
        }
    }
}
