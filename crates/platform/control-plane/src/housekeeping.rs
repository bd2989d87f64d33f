//! Removes one-time things that expired unused. They are refused in any case; this keeps them from piling up.

use std::time::Duration;

use sekisho_devices::Devices;
use sekisho_identity::Identity;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::clock::now;

const EVERY: Duration = Duration::from_secs(60);

/// Sweeps once a minute until the runtime ends.
pub fn start(identity: Identity, devices: Devices) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            if let Err(error) = identity.sweep(now()).await {
                tracing::warn!(%error, "expired enrolment links could not be removed");
            }
            if let Err(error) = devices.sweep(now()).await {
                tracing::warn!(%error, "expired device tokens could not be removed");
            }
        }
    })
}
