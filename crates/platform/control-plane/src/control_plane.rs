//! Everything that runs behind the gateway, opened in the order in which it depends on itself.

use std::path::PathBuf;
use std::sync::Arc;

use sekisho_capability::Clock;
use sekisho_devices::Devices;
use sekisho_identity::{EnrolmentLink, Identity};
use sekisho_ledger::Ledger;
use sekisho_policy_information::World;
use sekisho_store::Store;

use crate::Publication;
use crate::acts::Acts;

/// The services of a running platform. Cheap to clone.
#[derive(Clone)]
pub struct ControlPlane {
    /// The documents.
    pub store: Store,
    /// The record.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
    /// The ledger's folder.
    pub ledger_folder: PathBuf,
    /// The newest World.
    pub publication: Publication,
    /// Accounts, sign-in and sessions.
    pub identity: Identity,
    /// Enrolment and posture.
    pub devices: Devices,
    /// The portal's origin, `https://portal.example.jp`.
    pub portal_origin: String,
    /// The device API's origin, `https://devices.example.jp`.
    pub devices_origin: String,
    /// The decision point's origin, `https://decisions.example.jp`.
    pub decisions_origin: String,
}

impl ControlPlane {
    /// The address that a person opens to enrol a first sign-in method. It is a secret.
    #[must_use]
    pub fn enrolment_url(&self, link: &EnrolmentLink) -> String {
        format!("{}/enroll/{}", self.portal_origin, link.token.expose())
    }

    /// The administrative acts over these services.
    #[must_use]
    pub fn acts(&self) -> Acts {
        let Self { store, ledger, identity, devices, publication, .. } = self.clone();
        Acts::new(store, ledger, identity, devices, publication.world)
    }

    /// The newest World.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.publication.world.borrow())
    }
}
