//! What is taken away: one credential, or everything that a workload may do.

use sekisho_model::documents::Kind;
use sekisho_model::{Actor, SessionId, Timestamp, WorkloadId};
use sekisho_policy_information::WorkloadCredential;
use sekisho_store::Expected;
use serde_json::json;

use crate::Workloads;
use crate::acts::{WORKLOAD_CREDENTIAL_REVOKED, WORKLOAD_DISABLED, WORKLOAD_ENABLED};
use crate::refusal::Refusal;
use crate::workloads::target;

impl Workloads {
    /// Revokes a credential of a workload. What was opened with it is cut. Returns the revision of the store.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn revoke(
        &self,
        workload: &WorkloadId,
        credential: &SessionId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<u64, Refusal> {
        let id = credential.to_string();
        let stored = self.services.store.get(Kind::WorkloadCredential, &id).await?.ok_or(Refusal::UnknownCredential)?;
        let read = serde_json::from_value::<WorkloadCredential>(stored.body);
        if !read.is_ok_and(|read| read.workload == *workload) {
            return Err(Refusal::UnknownCredential);
        }
        let change = self.services.changes.begin(actor, WORKLOAD_CREDENTIAL_REVOKED.code, target(workload));
        let change = change.detail(json!({ "credential": credential.short() }));
        Ok(change.delete(Kind::WorkloadCredential, id, Expected::Revision(stored.revision)).commit(now).await?)
    }

    /// Disables a workload, or enables it again. Returns the revision of the store; the present one where nothing changes.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn set_disabled(
        &self,
        workload: &WorkloadId,
        disabled: bool,
        actor: Actor,
        now: Timestamp,
    ) -> Result<u64, Refusal> {
        let mut stored = self.stored(workload).await?;
        if stored.workload.disabled == disabled {
            return Ok(stored.revision);
        }
        stored.workload.disabled = disabled;
        let body = serde_json::to_value(&stored.workload).map_err(|_| Refusal::Unavailable)?;
        let act = if disabled { WORKLOAD_DISABLED } else { WORKLOAD_ENABLED };
        let change = self.services.changes.begin(actor, act.code, target(workload));
        let expected = Expected::Revision(stored.revision);
        Ok(change.put(Kind::Workload, workload.to_string(), expected, body).commit(now).await?)
    }
}
