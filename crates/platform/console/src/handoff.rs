//! The hand-over of a session from the portal's host to an application's: a one-time code for one browser's flow.

use aws_lc_rs::digest;
use sekisho_model::documents::Kind;
use sekisho_model::{ResourceId, SessionId, Span, Timestamp};
use sekisho_store::{Expected, StoreError, Write};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::random;
use crate::state::PortalState;

/// How long a code lives: a browser follows a redirect at once.
const CODE_LIFE: Span = Span::from_seconds(60);
/// The prefix of the identifiers of stored hand-overs.
const PREFIX: &str = "handoff.";

/// What a hand-over code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// The session that is handed over.
    pub session: SessionId,
    /// The resource whose host may receive it.
    pub resource: ResourceId,
    /// SHA-256 of the flow cookie's bytes: only the browser that began may finish.
    pub flow: [u8; 32],
    /// Where to go on: a path with its query.
    pub return_to: String,
    /// When the code stops being valid.
    pub expires_at: Timestamp,
}

impl PortalState {
    /// Makes a code that stands for a session, once.
    pub(crate) async fn hand_over(
        &self,
        session: SessionId,
        resource: ResourceId,
        flow: [u8; 32],
        return_to: String,
        now: Timestamp,
    ) -> Result<[u8; 32], Problem> {
        let code: [u8; 32] = random::bytes().ok_or(Problem::Unavailable)?;
        let handover = Handover { session, resource, flow, return_to, expires_at: now.plus(CODE_LIFE) };
        let body = serde_json::to_value(&handover).map_err(|_| Problem::Unavailable)?;
        let write = Write::Put { kind: Kind::OneTime, id: document(&code), expected: Expected::New, body };
        self.store.commit(vec![write], "sekisho", now).await.map_err(|error| {
            tracing::error!(%error, "a hand-over could not be stored");
            Problem::Unavailable
        })?;
        Ok(code)
    }

    /// What a code stands for, once: whatever is wrong with it, it never works again.
    pub async fn redeem(&self, code: [u8; 32]) -> Option<Handover> {
        let document = self.store.consume(Kind::OneTime, &document(&code)).await.inspect_err(|error| {
            tracing::error!(%error, "a hand-over code could not be redeemed");
        });
        let handover: Handover = serde_json::from_value(document.ok()??.body).ok()?;
        ((self.clock)() < handover.expires_at).then_some(handover)
    }

    /// Removes hand-overs that nobody redeemed in time; how many. They are refused in any case.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let (now, mut removed) = ((self.clock)(), 0);
        let all = self.store.list_all(Kind::OneTime).await?;
        for document in all.into_iter().filter(|document| document.id.starts_with(PREFIX)) {
            let expired = serde_json::from_value(document.body).is_ok_and(|one: Handover| one.expires_at <= now);
            if expired {
                removed += usize::from(self.store.consume(Kind::OneTime, &document.id).await?.is_some());
            }
        }
        Ok(removed)
    }
}

fn document(code: &[u8; 32]) -> String {
    let hash = digest::digest(&digest::SHA256, code);
    hash.as_ref().iter().fold(PREFIX.to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
