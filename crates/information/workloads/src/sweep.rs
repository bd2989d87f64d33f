//! Removes credentials that ended, and at once those whose workload is gone, so that one made later under the same name inherits none.

use sekisho_capability::ChangeError;
use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_policy_information::WorkloadCredential;
use sekisho_store::{Expected, Write};

use crate::Workloads;

/// The most that are removed in one transaction.
const MOST: usize = 500;

impl Workloads {
    /// Removes those credentials. Returns how many were removed.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<usize, ChangeError> {
        let writes: Vec<Write> = {
            let world = self.services.world.borrow();
            let is_over = |one: &&WorkloadCredential| one.expires_at <= now || world.workload(&one.workload).is_none();
            let over = world.workload_credentials().filter(is_over).take(MOST);
            over.map(|one| Write::Delete {
                kind: Kind::WorkloadCredential,
                id: one.id.to_string(),
                expected: Expected::Any,
            })
            .collect()
        };
        let removed = writes.len();
        if removed > 0 {
            self.services.changes.maintain(writes, now).await?;
        }
        Ok(removed)
    }
}
