//! Devices and what they report. Either may come first.

use arcstr::{ArcStr, literal};
use sekisho_model::Timestamp;
use sekisho_model::documents::{Device, DeviceStatus, Kind, Ownership, Posture};
use sekisho_model::facts::{Entity, EntityParts, EntityType, Fact, Handle, Slot};
use serde_json::Value;

use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;
use crate::trust::standing;
use crate::view::{DeviceState, KeyPrefix};

/// What a device's last report comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PostureFacts {
    reported_at: Timestamp,
    failing: Fact,
}

impl WorldBuilder {
    pub(super) fn fold_device(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        match body {
            Some(body) => self.put_device(id, &read(Kind::Device, id, "id", body)?),
            None => {
                self.remove_device(id);
                Ok(())
            }
        }
    }

    fn put_device(&mut self, id: &str, device: &Device) -> Result<(), FoldProblem> {
        let key =
            device.key_sha256.as_deref().map(|hex| KeyPrefix::of(hex).ok_or_else(|| wrong_key(id))).transpose()?;
        let handle = self.name(EntityType::Device, id, (Kind::Device, id))?;
        let mut attributes = vec![
            (Slot::Managed, Fact::Bool(device.managed)),
            (Slot::Ownership, Fact::String(ownership(device.ownership))),
            (Slot::Platform, self.pool.string(&device.platform)),
        ];
        if let Some(owner) = &device.owner {
            let owner = self.name(EntityType::User, owner.as_str(), (Kind::Device, id))?;
            attributes.push((Slot::Owner, Fact::Entity(owner)));
        }
        let posture = self.posture_of(handle);
        let key = key.filter(|_| device.status == DeviceStatus::Active);
        let state = DeviceState::new(key, posture.as_ref().map(|posture| posture.reported_at));
        self.early_postures.remove(&handle);
        self.unassess(handle);
        self.show_device(handle, attributes, posture.as_ref(), state);
        self.show_sessions_of(handle);
        Ok(())
    }

    fn remove_device(&mut self, id: &str) {
        let Some(handle) = self.named(EntityType::Device, id) else { return };
        if let Some(posture) = self.posture_of(handle) {
            self.early_postures.insert(handle, posture);
        }
        self.unassess(handle);
        self.view.facts.remove(handle);
        self.view.devices.set(handle.index(), None);
        self.changed.entity(handle);
        self.show_sessions_of(handle);
    }

    pub(super) fn fold_posture(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let (handle, posture) = match body {
            Some(body) => {
                let posture: Posture = read(Kind::Posture, id, "device", body)?;
                let failing = posture.failing.iter().map(|failing| Fact::String(failing.check.shared()));
                let failing = self.pool.set(Fact::set(failing));
                let handle = self.name(EntityType::Device, id, (Kind::Posture, id))?;
                (handle, Some(PostureFacts { reported_at: posture.reported_at, failing }))
            }
            None => match self.named(EntityType::Device, id) {
                Some(handle) => (handle, None),
                None => return Ok(()),
            },
        };
        self.unassess(handle);
        match (self.view.facts.get(handle), self.view.devices.get(handle.index()).copied(), posture) {
            (Some(entity), Some(state), posture) => {
                let enrolled = |slot: Slot| !slot.is_posture() && slot != Slot::Risk;
                let attributes = entity.attributes().filter(|(slot, _)| enrolled(*slot));
                let attributes = attributes.map(|(slot, fact)| (slot, fact.clone())).collect();
                let reported_at = posture.as_ref().map(|posture| posture.reported_at);
                self.show_device(handle, attributes, posture.as_ref(), DeviceState::new(state.key(), reported_at));
            }
            (_, _, Some(posture)) => drop(self.early_postures.insert(handle, posture)),
            (_, _, None) => drop(self.early_postures.remove(&handle)),
        }
        Ok(())
    }

    /// What the device last reported, whether or not it was there then.
    fn posture_of(&self, device: Handle) -> Option<PostureFacts> {
        if let Some(early) = self.early_postures.get(&device) {
            return Some(early.clone());
        }
        let failing = self.view.facts.get(device)?.get(Slot::FailingChecks).clone();
        Some(PostureFacts { reported_at: self.view.devices.get(device.index())?.reported_at()?, failing })
    }

    fn show_device(
        &mut self,
        handle: Handle,
        mut attributes: Vec<(Slot, Fact)>,
        posture: Option<&PostureFacts>,
        state: DeviceState,
    ) {
        let mut compliant = Fact::Absent;
        if let Some(posture) = posture {
            compliant = Fact::Bool(matches!(&posture.failing, Fact::Set(failing) if failing.members().is_empty()));
            let tier = tier(compliant == Fact::Bool(true), &attributes);
            attributes.push((Slot::Compliant, compliant.clone()));
            attributes.push((Slot::FailingChecks, posture.failing.clone()));
            attributes.push((Slot::Tier, Fact::Long(tier)));
        }
        attributes.push((Slot::Risk, Fact::Long(standing(&compliant).into())));
        let parts = EntityParts { attributes, ..EntityParts::default() };
        self.view.facts.insert(handle, Entity::new(EntityType::Device, parts));
        self.view.devices.set(handle.index(), Some(state));
        self.changed.entity(handle);
        self.weigh_again(handle);
    }
}

/// How far a device can be relied on: 1 it reports, 2 it is compliant, 3 and managed, 4 and the organisation's own.
fn tier(compliant: bool, attributes: &[(Slot, Fact)]) -> i64 {
    let has = |slot: Slot, fact: Fact| attributes.contains(&(slot, fact));
    let managed = has(Slot::Managed, Fact::Bool(true));
    let corporate = has(Slot::Ownership, Fact::String(ownership(Ownership::Corporate)));
    match (compliant, managed, corporate) {
        (false, ..) => 1,
        (true, false, _) => 2,
        (true, true, false) => 3,
        (true, true, true) => 4,
    }
}

fn wrong_key(id: &str) -> FoldProblem {
    unreadable(Kind::Device, id, "its `key_sha256` is not a SHA-256: write 64 hexadecimal digits".to_owned())
}

const fn ownership(ownership: Ownership) -> ArcStr {
    match ownership {
        Ownership::Corporate => literal!(Ownership::Corporate.name()),
        Ownership::Personal => literal!(Ownership::Personal.name()),
    }
}
