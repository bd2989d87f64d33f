//! What health checks found: one worker checks, and all of them see the marks.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sekisho_model::ResourceId;

/// What is known of the addresses, shared by all workers.
#[derive(Debug, Default)]
pub struct Health(Mutex<HashMap<(ResourceId, SocketAddr), Arc<Mark>>>);

/// Whether one address is known to be ill.
#[derive(Debug, Default)]
pub(crate) struct Mark {
    pub(crate) ill: AtomicBool,
    /// How many checks run for it: two for a moment while its document changes, none once that is gone.
    pub(crate) checked: AtomicU32,
}

impl Health {
    /// The mark of an address: the same for every caller.
    pub(crate) fn mark(&self, resource: &ResourceId, address: SocketAddr) -> Arc<Mark> {
        self.lock().entry((resource.clone(), address)).or_default().clone()
    }

    /// How many addresses of each checked resource are ill.
    #[must_use]
    pub fn unhealthy(&self) -> HashMap<ResourceId, u64> {
        let mut all = HashMap::new();
        for ((resource, _), mark) in self.lock().iter().filter(|(_, mark)| mark.checked.load(Ordering::Relaxed) > 0) {
            *all.entry(resource.clone()).or_default() += u64::from(mark.is_ill());
        }
        all
    }

    /// Forgets what nobody looks at any more.
    pub(crate) fn forget(&self) {
        self.lock().retain(|_, mark| Arc::strong_count(mark) > 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(ResourceId, SocketAddr), Arc<Mark>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark {
    pub(crate) fn is_ill(&self) -> bool {
        self.ill.load(Ordering::Relaxed)
    }
}
