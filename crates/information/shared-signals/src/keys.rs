//! The public keys of a transmitter: given in its document, or read where they are published and kept for a while.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use sekisho_model::documents::SigningKeys;
use sekisho_model::{Span, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::SharedSignals;
use crate::refusal::Refusal;
use crate::shared_signals::Stored;

/// How long published keys are used without reading them again.
const KEPT: Span = Span::from_minutes(10);
/// How long an unknown key waits for the keys to be read again: nobody makes us ask more often.
const AGAIN: Span = Span::from_seconds(5);
/// The most keys of a set that are looked at.
const KEYS: usize = 32;

/// Keys that were read.
pub(crate) struct Known {
    keys: JwkSet,
    /// The revision of the document that they were read for.
    revision: u64,
    at: Timestamp,
}

/// How new published keys must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Kept,
    /// A token names a key that is not among those that are kept.
    Again,
}

impl SharedSignals {
    /// The keys of a transmitter.
    pub(crate) async fn keys(
        &self,
        stored: &Stored,
        keys: &SigningKeys,
        freshness: Freshness,
    ) -> Result<JwkSet, Refusal> {
        let url = match keys {
            SigningKeys::Given(text) => return parsed(text.as_bytes()).ok_or(Refusal::Key("the keys cannot be read")),
            SigningKeys::At(url) => url,
        };
        let (id, now) = (&stored.document.id, self.services.clock.now());
        let oldest = if freshness == Freshness::Kept { KEPT } else { AGAIN };
        let kept = self.known.borrow().get(id).cloned();
        let age = |known: &Known| now.since(known.at);
        if let Some(known) = kept
            && known.revision == stored.revision
            && age(&known) >= Span::ZERO
            && age(&known) < oldest
        {
            return Ok(known.keys.clone());
        }
        let body = (self.outgoing.read_keys)(url.clone()).await.map_err(Refusal::unavailable)?;
        let keys = parsed(&body).ok_or_else(|| Refusal::unavailable("the published keys cannot be read"))?;
        let known = Arc::new(Known { keys: keys.clone(), revision: stored.revision, at: now });
        self.known.send_modify(|all| drop(all.insert(id.clone(), known)));
        Ok(keys)
    }
}

/// The keys of a set that are understood. One that is not counts for nothing, and spoils no other.
fn parsed(text: &[u8]) -> Option<JwkSet> {
    let set: Value = serde_json::from_slice(text).ok()?;
    let keys = set.get("keys")?.as_array()?.iter().take(KEYS);
    Some(JwkSet { keys: keys.filter_map(|key| jsonwebtoken::jwk::Jwk::deserialize(key).ok()).collect() })
}
