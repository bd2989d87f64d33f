//! Acts on devices.

use sekisho_devices::{EnrolmentToken, NewDevice};
use sekisho_model::DeviceId;
use sekisho_model::documents::Kind;
use sekisho_store::Expected;
use serde_json::json;

use super::{ActRefusal, Acting, table};

impl Acting<'_> {
    /// Makes a token that enrols a device once. Its owner must exist.
    ///
    /// # Errors
    /// [`ActRefusal::NoUser`] for an owner who does not exist; [`ActRefusal::Devices`] when the device is enrolled already.
    pub async fn make_device_token(&self, device: NewDevice) -> Result<EnrolmentToken, ActRefusal> {
        if let Some(owner) = &device.owner
            && self.acts.identity.user(owner).await?.is_none()
        {
            return Err(ActRefusal::NoUser(owner.clone()));
        }
        Ok(self.acts.devices.create_token(device, self.actor.clone(), self.now).await?)
    }

    /// Revokes a device: its certificate is refused everywhere from now on.
    ///
    /// # Errors
    /// [`ActRefusal::NoDevice`].
    pub async fn revoke_device(&self, device: &DeviceId) -> Result<(), ActRefusal> {
        Ok(self.acts.devices.revoke(device, self.actor.clone(), self.now).await?)
    }

    /// Forgets a device, so that it may enrol again under its name.
    ///
    /// # Errors
    /// [`ActRefusal::NoDevice`].
    pub async fn remove_device(&self, device: &DeviceId) -> Result<(), ActRefusal> {
        let changes = &self.acts.changes;
        let document = changes.store().get(Kind::Device, device.as_str()).await?;
        let document = document.ok_or_else(|| ActRefusal::NoDevice(device.clone()))?;
        let begun = changes.begin(self.actor.clone(), table::DOCUMENT_REMOVED, format!("device/{device}"));
        let begun = begun.detail(json!({ "fields": [] }));
        begun.delete(Kind::Device, document.id, Expected::Revision(document.revision)).commit(self.now).await?;
        Ok(())
    }
}
