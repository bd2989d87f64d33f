//! Sessions as cookies from before their last renewal show them.

use std::sync::Arc;

use sekisho_model::documents::Renewals;
use sekisho_model::{ResourceId, SessionFacts, Timestamp};

/// A renewed session as it was, proof by proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renewed {
    renewals: Arc<Renewals>,
    /// Beside each former proof, the session under it.
    former: Vec<Arc<SessionFacts>>,
}

impl Renewed {
    /// The renewed session with those facts. `None` when no cookie from before counts.
    pub(crate) fn new(session: &SessionFacts, renewals: &Arc<Renewals>) -> Option<Self> {
        let former = renewals.former().iter().map(|proof| {
            Arc::new(SessionFacts {
                rotation: proof.rotation,
                authenticated_at: proof.authenticated_at,
                methods: proof.methods,
                // INVARIANT I-5: who copied a cookie before the proof of a device has no device by it.
                device: session.device.filter(|_| !proof.without_device),
                ..session.clone()
            })
        });
        let former: Vec<_> = former.collect();
        (!former.is_empty()).then(|| Self { renewals: Arc::clone(renewals), former })
    }

    /// Whether an application's cookie of an earlier rotation still counts.
    pub(crate) fn counts(&self, resource: &ResourceId, rotation: u32, now: Timestamp) -> bool {
        self.renewals.counts(resource, rotation, now)
    }

    /// The session as a cookie of an earlier rotation shows it.
    pub(crate) fn at(&self, rotation: u32) -> Option<&Arc<SessionFacts>> {
        self.former.get(self.renewals.place_of(rotation)?)
    }
}
