//! Clearing away one-time things that expired before anybody used them.

use serde::Deserialize;

use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Write};

use crate::account::unavailable;
use crate::{Failure, Identity};

/// The part that links, registrations and setups have in common.
#[derive(Deserialize)]
struct Until {
    until: Timestamp,
}

impl Identity {
    /// Deletes enrolment links, registrations and setups that have expired; how many. Expired ones are refused in any
    /// case: call it now and then, so that they do not pile up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, Failure> {
        let all = self.0.store.list_all(Kind::OneTime).await;
        let all = all.map_err(|error| unavailable("read one-time things", &error))?;
        let ours =
            |id: &str| ["enrol/", "registration/", "totp/", "terminal/"].iter().any(|place| id.starts_with(place));
        let mut swept = 0;
        for document in all.into_iter().filter(|document| ours(&document.id)) {
            let expired = serde_json::from_value(document.body).is_ok_and(|kept: Until| now >= kept.until);
            if !expired {
                continue;
            }
            let expected = Expected::Revision(document.revision);
            match self.0.commit(vec![Write::Delete { kind: Kind::OneTime, id: document.id, expected }], now).await {
                Ok(()) => swept += 1,
                // It was used or replaced meanwhile.
                Err(Failure::Conflict) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(swept)
    }
}
