//! When and from where each token was last used: noted beside the request, written by a task.
//!
//! A note is lost when the process ends before it is written, or when more tokens are in use than are remembered. No request waits for
//! one or fails with one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sekisho_capability::{ChangeError, Services};
use sekisho_model::documents::{ApiTokenId, ApiTokenUse, Kind};
use sekisho_model::{Span, Timestamp};
use sekisho_store::{Expected, Write};
use tokio::sync::watch;

use crate::TokenCaller;

/// How much newer a use must be than the one that is written.
const EVERY: Span = Span::from_minutes(1);
/// Of how many tokens uses wait to be written. Those of further tokens are lost.
const MOST: usize = 4096;

/// The last uses of tokens. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct TokenUses(watch::Sender<Waiting>);

/// The uses that wait to be written.
#[derive(Debug, Default)]
struct Waiting {
    uses: BTreeMap<ApiTokenId, ApiTokenUse>,
    lost: u64,
}

impl TokenUses {
    /// Notes a use. It never waits.
    pub fn note(&self, caller: &TokenCaller, address: IpAddr, now: Timestamp) {
        self.put(ApiTokenUse { id: caller.id().clone(), at: now, address });
    }

    /// How many uses were lost, because too many waited.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.borrow().lost
    }

    fn put(&self, used: ApiTokenUse) {
        self.0.send_modify(|waiting| {
            let is_later = waiting.uses.get(&used.id).is_none_or(|other| other.at < used.at);
            if waiting.uses.len() >= MOST && !waiting.uses.contains_key(&used.id) {
                waiting.lost = waiting.lost.saturating_add(1);
            } else if is_later {
                waiting.uses.insert(used.id.clone(), used);
            }
        });
    }

    /// Writes the uses of tokens whose written use is a minute older. The others wait on.
    pub(crate) async fn write(&self, services: &Services) -> Result<(), ChangeError> {
        let mut taken = BTreeMap::new();
        self.0.send_modify(|waiting| taken = std::mem::take(&mut waiting.uses));
        let world = services.world.borrow().clone();
        let mut writes = Vec::new();
        // What was revoked meanwhile has no last use.
        for used in taken.into_values().filter(|used| world.api_token(&used.id).is_some()) {
            let id = used.id.to_string();
            let written = services.store.get(Kind::ApiTokenUse, &id).await?;
            let written: Option<ApiTokenUse> = written.and_then(|document| serde_json::from_value(document.body).ok());
            if written.is_some_and(|written| used.at < written.at.plus(EVERY)) {
                self.put(used);
            } else if let Ok(body) = serde_json::to_value(&used) {
                writes.push(Write::Put { kind: Kind::ApiTokenUse, id, expected: Expected::Any, body });
            }
        }
        if !writes.is_empty() {
            services.changes.maintain(writes, services.clock.now()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sekisho_testbed::{Organisation, TemporaryServices};
    use serde_json::json;

    use super::*;

    async fn here() -> TemporaryServices {
        let token = json!({
            "id": "ci", "owner": "alice", "roles": ["auditors"], "made_at": 0, "expires_at": 1000,
            "secret_hash": "a".repeat(64), "authenticated_at": 0,
        });
        TemporaryServices::new(Organisation::empty().user("alice", &["auditors"]).with(Kind::ApiToken, "ci", token))
            .await
    }

    async fn written(here: &TemporaryServices, id: &str) -> Option<i64> {
        let document = here.services.store.get(Kind::ApiTokenUse, id).await.expect("a store")?;
        document.body["at"].as_i64()
    }

    #[tokio::test]
    async fn a_use_is_written_once_a_minute_and_the_latest_is_not_lost() {
        let (here, uses) = (here().await, TokenUses::default());
        for (at, expected) in [(1, 1), (2, 1), (60_000, 1), (60_001, 60_001), (60_002, 60_001)] {
            uses.put(used("ci", at));
            uses.write(&here.services).await.expect("a store");
            assert_eq!(written(&here, "ci").await, Some(expected), "after a use at {at}");
        }
        // What came too early waits, and is overtaken by what comes later.
        uses.put(used("ci", 130_000));
        uses.write(&here.services).await.expect("a store");
        assert_eq!(written(&here, "ci").await, Some(130_000));
    }

    #[tokio::test]
    async fn a_token_that_is_gone_has_no_last_use() {
        let (here, uses) = (here().await, TokenUses::default());
        uses.put(used("gone", 1));
        uses.write(&here.services).await.expect("a store");
        assert_eq!(written(&here, "gone").await, None);
    }

    #[tokio::test]
    async fn a_store_that_fails_loses_a_use_and_harms_nobody() {
        let (here, uses) = (here().await, TokenUses::default());
        here.services.store.close().await;
        uses.put(used("ci", 1));
        assert!(uses.write(&here.services).await.is_err());
        uses.put(used("ci", 2));
        assert_eq!(uses.0.borrow().uses.len(), 1, "further uses are noted");
    }

    fn used(id: &str, at: i64) -> ApiTokenUse {
        let address = IpAddr::from([192, 0, 2, 1]);
        ApiTokenUse { id: id.parse().expect("an identifier"), at: Timestamp::from_millis(at), address }
    }

    #[test]
    fn the_latest_use_of_each_token_waits_and_too_many_are_lost() {
        let uses = TokenUses::default();
        for at in [2, 3, 1] {
            uses.put(used("ci", at));
        }
        assert_eq!(uses.0.borrow().uses.values().cloned().collect::<Vec<_>>(), [used("ci", 3)]);
        for number in 1..MOST + 5 {
            uses.put(used(&format!("t{number}"), 1));
        }
        assert_eq!((uses.0.borrow().uses.len(), uses.lost()), (MOST, 5));
        uses.put(used("ci", 4));
        assert_eq!(uses.lost(), 5, "a newer use replaces the one that waits");
    }
}
