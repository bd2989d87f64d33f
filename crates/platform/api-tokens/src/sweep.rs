//! Removes tokens that nobody can use any more: a month after their end, and at once when their owner's account is gone, so that an account
//! made later under the same name inherits none.

use sekisho_capability::ChangeError;
use sekisho_model::documents::{ApiToken, Kind};
use sekisho_model::{Actor, Span, Timestamp};
use sekisho_store::{Document, Expected, Store, StoreError, Write};
use serde_json::json;

use crate::Tokens;
use crate::tokens::{owner_of, remove, target};

/// How long after its end a token is still listed, so that its owner sees why a program was refused.
const KEPT: Span = Span::from_minutes(30 * 24 * 60);
/// The code under which a token that the platform removed is recorded.
const REMOVED: &str = "token-removed";

/// Removes those tokens, and last uses of tokens that are gone. Returns how many tokens were removed.
pub(crate) async fn sweep(tokens: &Tokens, now: Timestamp) -> Result<usize, ChangeError> {
    let (changes, mut removed) = (tokens.changes(), 0);
    for document in changes.store().list_all(Kind::ApiToken).await? {
        let Some(why) = reason(changes.store(), &document, now).await? else { continue };
        let begun = changes.begin(Actor::System, REMOVED, target(&document.id));
        let begun = begun.detail(json!({ "owner": owner_of(&document), "why": why }));
        match remove(begun, &document).commit(now).await {
            Ok(_) => removed += 1,
            // Somebody revoked it meanwhile.
            Err(ChangeError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    sweep_uses(tokens, now).await?;
    Ok(removed)
}

/// Why a token is removed; `None` when it stays.
async fn reason(store: &Store, document: &Document, now: Timestamp) -> Result<Option<&'static str>, StoreError> {
    // What cannot be read counts as absent, and is among the problems of the World.
    let Ok(token) = serde_json::from_value::<ApiToken>(document.body.clone()) else { return Ok(None) };
    if token.expires_at.plus(KEPT) <= now {
        return Ok(Some("expired"));
    }
    Ok(store.get(Kind::User, token.owner.as_str()).await?.is_none().then_some("owner-gone"))
}

/// A use that was noted while its token was revoked leaves a document behind.
async fn sweep_uses(tokens: &Tokens, now: Timestamp) -> Result<(), ChangeError> {
    let (changes, mut writes) = (tokens.changes(), Vec::new());
    for used in changes.store().list_all(Kind::ApiTokenUse).await? {
        if changes.store().get(Kind::ApiToken, &used.id).await?.is_none() {
            writes.push(Write::Delete { kind: Kind::ApiTokenUse, id: used.id, expected: Expected::Any });
        }
    }
    if !writes.is_empty() {
        changes.maintain(writes, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sekisho_testbed::{Organisation, TemporaryServices};

    use super::*;

    fn token(id: &str, owner: &str, expires_at: Timestamp) -> (Kind, String, serde_json::Value) {
        let made_at = expires_at.plus(Span::from_minutes(-60));
        let body = json!({
            "id": id, "owner": owner, "roles": ["auditors"], "made_at": made_at, "expires_at": expires_at,
            "secret_hash": "a".repeat(64), "authenticated_at": made_at,
        });
        (Kind::ApiToken, id.to_owned(), body)
    }

    #[tokio::test]
    async fn what_ended_long_ago_or_has_no_owner_is_removed_with_its_use_and_the_rest_stays() {
        let here = TemporaryServices::new(Organisation::empty().user("alice", &["auditors"])).await;
        let (now, minute) = (here.clock.now(), Span::from_minutes(1));
        let long_ago = now.plus(Span::from_minutes(-30 * 24 * 60));
        for (kind, id, body) in [
            token("live", "alice", now.plus(minute)),
            token("ended-lately", "alice", long_ago.plus(minute)),
            token("ended-long-ago", "alice", long_ago),
            token("nobodys", "bob", now.plus(minute)),
        ] {
            here.put(kind, &id, body).await;
            here.put(Kind::ApiTokenUse, &id, json!({ "id": id, "at": now, "address": "192.0.2.1" })).await;
        }
        here.put(Kind::ApiTokenUse, "stray", json!({ "id": "stray", "at": now, "address": "192.0.2.1" })).await;
        let tokens = Tokens::new(here.services.changes.clone());
        assert_eq!(sweep(&tokens, now).await.expect("a store"), 2);
        for kind in [Kind::ApiToken, Kind::ApiTokenUse] {
            let left = here.services.store.list_all(kind).await.expect("a store");
            let left: Vec<_> = left.iter().map(|document| document.id.as_str()).collect();
            assert_eq!(left, ["ended-lately", "live"], "{kind}");
        }
        let acts: Vec<_> = here.acts().await.into_iter().map(|act| (act.act, act.target, act.detail)).collect();
        let act =
            |id: &str, owner: &str, why: &str| (REMOVED.to_owned(), target(id), json!({ "owner": owner, "why": why }));
        assert_eq!(acts, [act("ended-long-ago", "alice", "expired"), act("nobodys", "bob", "owner-gone")]);
        assert_eq!(sweep(&tokens, now).await.expect("a store"), 0, "nothing is removed twice");
    }
}
