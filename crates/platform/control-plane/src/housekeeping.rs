//! Removes one-time documents that expired unused. Their readers reject them in any case; this keeps them from piling up.

use std::time::Duration;

use sekisho_capability::sweep;
use sekisho_store::Store;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::clock::now;

const EVERY: Duration = Duration::from_secs(60);

/// Sweeps once a minute until the runtime ends.
pub fn start(store: Store) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            if let Err(error) = sweep(&store, now()).await {
                tracing::warn!(%error, "expired one-time documents could not be removed");
            }
        }
    })
}
