//! Sessions as cookies from before their last renewal show them.

use std::sync::Arc;

use sekisho_model::documents::Renewals;
use sekisho_model::{ResourceId, SessionFacts, SessionId, Timestamp};

use crate::World;

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
                ..session.clone()
            })
        });
        let former: Vec<_> = former.collect();
        (!former.is_empty()).then(|| Self { renewals: Arc::clone(renewals), former })
    }

    fn at(&self, rotation: u32) -> Option<&Arc<SessionFacts>> {
        self.former.get(self.renewals.place_of(rotation)?)
    }
}

impl World {
    /// A session as an application's cookie of an earlier rotation shows it: with what it could do then, and nothing that it gained
    /// since. `None` when the cookie no longer counts there.
    #[must_use]
    pub fn session_before(
        &self,
        id: &SessionId,
        rotation: u32,
        resource: &ResourceId,
        now: Timestamp,
    ) -> Option<&Arc<SessionFacts>> {
        let session = self.live_session(id, now).filter(|session| rotation < session.rotation)?;
        let renewed = self.view.renewed.get(&session.id)?;
        renewed.renewals.counts(resource, rotation, now).then(|| renewed.at(rotation)).flatten()
    }

    /// A session, seen from a stream that was opened in it: what it gained since is not the stream's.
    #[must_use]
    pub fn session_of_stream(&self, opened: &SessionFacts) -> Option<&Arc<SessionFacts>> {
        let session = self.session(&opened.id)?;
        if opened.rotation >= session.rotation {
            return Some(session);
        }
        let former = self.view.renewed.get(&opened.id).and_then(|renewed| renewed.at(opened.rotation));
        Some(former.unwrap_or(session))
    }
}
