//! The settings that may change while the gateway runs: numbers that every worker reads when it needs them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use sekisho_model::Timestamp;
use sekisho_policy_administrator::lease_holds;

use crate::config::GatewayConfig;

/// What can be changed while running.
#[derive(Debug)]
pub struct Tuning {
    world_lease_ms: AtomicU64,
    drain_ms: AtomicU64,
    shadow_every: AtomicU32,
    /// Shared with the budget of upstreams.
    upstreams_per_session: Arc<AtomicU32>,
    connections_per_address: AtomicUsize,
    new_connections_per_address: AtomicU32,
}

impl Tuning {
    pub(crate) fn new(config: &GatewayConfig) -> Self {
        let tuning = Self {
            world_lease_ms: AtomicU64::new(0),
            drain_ms: AtomicU64::new(0),
            shadow_every: AtomicU32::new(0),
            upstreams_per_session: Arc::default(),
            connections_per_address: AtomicUsize::new(0),
            new_connections_per_address: AtomicU32::new(0),
        };
        tuning.set(config);
        tuning
    }

    /// Takes up those settings that may change; the others keep the value that they had at the start.
    pub fn set(&self, config: &GatewayConfig) {
        self.world_lease_ms.store(millis(config.world_lease), Ordering::Relaxed);
        self.drain_ms.store(millis(config.drain_timeout), Ordering::Relaxed);
        self.shadow_every.store(config.shadow_every, Ordering::Relaxed);
        self.upstreams_per_session.store(config.upstreams_per_session, Ordering::Relaxed);
        self.connections_per_address.store(config.connections_per_address, Ordering::Relaxed);
        self.new_connections_per_address.store(config.new_connections_per_address, Ordering::Relaxed);
    }

    /// Whether decisions may still rest on a World that was last confirmed then.
    #[must_use]
    pub fn lease_holds(&self, confirmed: Timestamp, now: Timestamp) -> bool {
        lease_holds(confirmed, Duration::from_millis(self.world_lease_ms.load(Ordering::Relaxed)), now)
    }

    pub(crate) fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn shadow_every(&self) -> u32 {
        self.shadow_every.load(Ordering::Relaxed)
    }

    pub(crate) fn upstreams_per_session(&self) -> Arc<AtomicU32> {
        self.upstreams_per_session.clone()
    }

    pub(crate) fn connections_per_address(&self) -> usize {
        self.connections_per_address.load(Ordering::Relaxed)
    }

    pub(crate) fn new_connections_per_address(&self) -> u32 {
        self.new_connections_per_address.load(Ordering::Relaxed)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
