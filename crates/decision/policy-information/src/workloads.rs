//! Workloads as the World shows them: which there are, and in which session one asks with what it shows.

use std::sync::Arc;

use arcstr::ArcStr;
use sekisho_model::documents::{UserStatus, Workload};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{SessionFacts, SessionId, Timestamp, WorkloadId, is_live};

use crate::{WorkloadCredential, World};

/// Why a workload may not ask, whatever it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadRefusal {
    /// It is disabled.
    Disabled,
    /// The account of its owner is disabled or does not exist.
    OwnerUnusable,
}

impl World {
    /// A workload, whether or not it may ask now.
    #[must_use]
    pub fn workload(&self, id: &WorkloadId) -> Option<&Arc<Workload>> {
        self.view.workloads.get(id)
    }

    /// Every workload, in order of identifier.
    pub fn workloads(&self) -> impl Iterator<Item = &Arc<Workload>> {
        self.view.workloads.values()
    }

    /// Whether a workload may ask now.
    ///
    /// # Errors
    /// Why not.
    pub fn workload_standing(&self, workload: &Workload) -> Result<(), WorkloadRefusal> {
        if workload.disabled {
            return Err(WorkloadRefusal::Disabled);
        }
        let owner = self.facts().find(EntityType::User, workload.owner.as_str());
        let status = owner.and_then(|owner| self.facts().get(owner)).map(|owner| owner.get(Slot::Status));
        match status {
            Some(Fact::String(status)) if status == UserStatus::Active.name() => Ok(()),
            _ => Err(WorkloadRefusal::OwnerUnusable),
        }
    }

    /// A subject as records and assertions name it: a person by the account, a workload as `workload:ci-deploy`. No account has a colon, so
    /// a workload is not taken for a person of the same name.
    #[must_use]
    pub fn subject_name(&self, subject: Handle) -> ArcStr {
        match subject.kind() {
            EntityType::Workload => arcstr::format!("workload:{}", self.id(subject)),
            _ => self.id(subject),
        }
    }

    /// Every credential of a workload, whether or not it counts now, in order of identifier.
    pub fn workload_credentials(&self) -> impl Iterator<Item = &WorkloadCredential> {
        self.view.workload_credentials.values().map(|credential| &credential.document)
    }

    /// A credential of a workload, whether or not it counts now.
    #[must_use]
    pub fn workload_credential(&self, id: &SessionId) -> Option<&WorkloadCredential> {
        self.view.workload_credentials.get(id).map(|credential| &credential.document)
    }

    /// The session of a credential whose workload may ask now. It may have reached its end.
    // INVARIANT I-54: a credential opens something only while its workload is there and enabled, and the owner's account is active.
    #[must_use]
    pub fn workload_session(&self, id: &SessionId) -> Option<&Arc<SessionFacts>> {
        let credential = self.view.workload_credentials.get(id)?;
        let workload = self.workload(&credential.document.workload)?;
        self.workload_standing(workload).is_ok().then_some(&credential.session)
    }

    /// The live session of a workload that shows a certificate for that key (hexadecimal SHA-256): of several the one that lasts longest.
    #[must_use]
    pub fn workload_session_of_key(
        &self,
        workload: &str,
        key_sha256: &str,
        now: Timestamp,
    ) -> Option<&Arc<SessionFacts>> {
        let from = (ArcStr::from(key_sha256), SessionId::from_bytes([0; 16]));
        let of_key = self.view.workload_keys.range(from..).take_while(|(key, _)| key == key_sha256);
        // INVARIANT I-54: the name in the certificate and the key must both be those of one credential.
        let named = |id: &SessionId| self.workload_credential(id).is_some_and(|one| one.workload.as_str() == workload);
        let sessions = of_key.filter(|(_, id)| named(id)).filter_map(|(_, id)| self.workload_session(id));
        let live = sessions.filter(|session| is_live(session.authenticated_at, session.expires_at, now));
        live.max_by_key(|session| session.expires_at)
    }
}
