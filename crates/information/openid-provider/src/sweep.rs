//! Renews the signing key, and removes secrets whose application is gone, so that one made later under the same name inherits none.

use std::collections::BTreeSet;

use sekisho_capability::ChangeError;
use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Write};

use crate::OpenIdProvider;
use crate::clients::SECRETS;

impl OpenIdProvider {
    /// One turn of the task.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<(), ChangeError> {
        self.renew_keys(now).await?;
        let store = &self.services.store;
        let clients: BTreeSet<String> = store.list_all(Kind::Client).await?.into_iter().map(|one| one.id).collect();
        let keys = store.list_all(Kind::Key).await?;
        let is_left = |id: &str| id.strip_prefix(SECRETS).is_some_and(|client| !clients.contains(client));
        let left = keys.into_iter().filter(|key| is_left(&key.id));
        let delete = |key: sekisho_store::Document| Write::Delete {
            kind: Kind::Key,
            id: key.id,
            expected: Expected::Revision(key.revision),
        };
        let writes: Vec<Write> = left.map(delete).collect();
        match writes.is_empty() {
            true => Ok(()),
            false => self.services.changes.maintain(writes, now).await.map(drop),
        }
    }
}
