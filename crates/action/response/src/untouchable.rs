//! Whom and what no playbook touches: what any playbook names holds for all of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use sekisho_model::documents::Playbook;
use sekisho_model::facts::EntityType;
use sekisho_model::{DeviceId, GroupId, UserId};
use sekisho_policy_information::World;

/// The people, groups, devices and networks that no playbook touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Untouchable {
    people: BTreeSet<UserId>,
    groups: BTreeSet<GroupId>,
    devices: BTreeSet<DeviceId>,
    networks: BTreeSet<IpNet>,
}

impl Untouchable {
    /// What these playbooks name.
    pub(crate) fn of<'a>(playbooks: impl Iterator<Item = &'a Playbook>) -> Self {
        playbooks.fold(Self::default(), |mut all, playbook| {
            all.people.extend(playbook.never.iter().cloned());
            all.groups.extend(playbook.never_groups.iter().cloned());
            all.devices.extend(playbook.never_devices.iter().cloned());
            all.networks.extend(playbook.never_networks.iter().copied());
            all
        })
    }

    /// Whether a person is never touched: named, or in a group that is, directly or by way of other groups.
    // INVARIANT I-52: whom any playbook names as untouchable, no response touches: asked when it is written, and before each step.
    pub(crate) fn person(&self, world: &World, person: &UserId) -> bool {
        if self.people.contains(person) {
            return true;
        }
        let facts = world.facts();
        let Some(entity) = world.user(person.as_str()).and_then(|handle| facts.get(handle)) else { return false };
        let groups = self.groups.iter().filter_map(|group| facts.interner().lookup(EntityType::Group, group.as_str()));
        groups.into_iter().any(|group| entity.has_ancestor(group))
    }

    /// Whether a device is never touched.
    pub(crate) fn device(&self, device: &DeviceId) -> bool {
        self.devices.contains(device)
    }

    /// Whether an address is never blocked.
    pub(crate) fn address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address.to_canonical()))
    }
}
