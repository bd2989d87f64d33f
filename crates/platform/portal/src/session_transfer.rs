//! Transfers a session from the portal's host to an application's host: a one-time code that only one browser can redeem.
//! The platform's sweep removes codes that expired unused.

use aws_lc_rs::digest;
use sekisho_capability::{consume, maintain};
use sekisho_model::documents::Kind;
use sekisho_model::{ResourceId, SessionId, Span, Timestamp};
use sekisho_store::{Expected, Write};
use sekisho_web::{Problem, Site, random};
use serde::{Deserialize, Serialize};

/// How long a code is valid. A browser follows the redirect at once.
const CODE_LIFE: Span = Span::from_seconds(60);
/// The prefix of the identifiers of stored transfers. Older versions read it too, so it stays.
const PREFIX: &str = "handoff.";

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTransfer {
    /// The session that is transferred.
    pub session: SessionId,
    /// The resource whose host may receive it.
    pub resource: ResourceId,
    /// SHA-256 of the flow cookie's bytes: only the browser that holds this cookie may redeem the code.
    pub flow: [u8; 32],
    /// Where the browser goes afterwards: a path with its query on the application's host.
    pub return_to: String,
    /// When the code stops being valid.
    pub expires_at: Timestamp,
}

/// A transfer that is asked for: everything but its end.
pub(crate) struct Wanted {
    pub(crate) session: SessionId,
    pub(crate) resource: ResourceId,
    pub(crate) flow: [u8; 32],
    pub(crate) return_to: String,
}

/// Stores a transfer and returns its code.
///
/// # Errors
/// [`Problem::Unavailable`] when the system has no randomness or the store fails.
pub(crate) async fn create(site: &Site, wanted: Wanted, now: Timestamp) -> Result<[u8; 32], Problem> {
    let code: [u8; 32] = random::bytes().ok_or(Problem::Unavailable)?;
    let Wanted { session, resource, flow, return_to } = wanted;
    let transfer = SessionTransfer { session, resource, flow, return_to, expires_at: now.plus(CODE_LIFE) };
    let body = serde_json::to_value(&transfer).map_err(|_| Problem::Unavailable)?;
    let write = Write::Put { kind: Kind::OneTime, id: document(&code), expected: Expected::New, body };
    maintain(&site.store, vec![write], now).await.map_err(|error| {
        tracing::error!(%error, "a session transfer could not be stored");
        Problem::Unavailable
    })?;
    Ok(code)
}

/// Consumes a code and returns what it stands for. The code never works again, whatever the result is; `None` when it is
/// unknown, used or expired, or when the store fails. `given` notes that the application's host is given the session's present cookie.
pub async fn redeem(
    site: &Site,
    code: [u8; 32],
    given: impl AsyncFnOnce(&SessionTransfer, Timestamp),
) -> Option<SessionTransfer> {
    let document = consume(&site.store, &document(&code)).await.inspect_err(|error| {
        tracing::error!(%error, "the code of a session transfer could not be redeemed");
    });
    let transfer: SessionTransfer = serde_json::from_value(document.ok()??.body).ok()?;
    let now = (site.clock)();
    if now >= transfer.expires_at {
        return None;
    }
    given(&transfer, now).await;
    Some(transfer)
}

fn document(code: &[u8; 32]) -> String {
    let hash = digest::digest(&digest::SHA256, code);
    hash.as_ref().iter().fold(PREFIX.to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
