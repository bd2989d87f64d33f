//! Renews the signing key, and removes secrets whose application is gone, so that one made later under the same name inherits none.

use sekisho_capability::ChangeError;
use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Write};

use crate::OpenIdProvider;
use crate::clients::SECRETS;

/// How many secrets are read at once: behind the last one stand other keys, which are not to be read for nothing.
const AT_ONCE: u32 = 8;

impl OpenIdProvider {
    /// One turn of the task.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<(), ChangeError> {
        self.renew_keys(now).await?;
        let store = &self.services.store;
        let mut writes = Vec::new();
        let mut after = SECRETS.to_owned();
        loop {
            let keys = store.list(Kind::Key, Some(&after), AT_ONCE).await?;
            let Some(last) = keys.last() else { break };
            after.clone_from(&last.id);
            for key in keys {
                let Some(client) = key.id.strip_prefix(SECRETS) else { continue };
                if store.get(Kind::Client, client).await?.is_none() {
                    let expected = Expected::Revision(key.revision);
                    writes.push(Write::Delete { kind: Kind::Key, id: key.id, expected });
                }
            }
            if !after.starts_with(SECRETS) {
                break;
            }
        }
        match writes.is_empty() {
            true => Ok(()),
            false => self.services.changes.maintain(writes, now).await.map(drop),
        }
    }
}
