//! API tokens that go with an authenticator: a token shows the sign-in methods of the session that it was made in, so it must not
//! outlive the authenticator that proved them.

use serde_json::json;

use sekisho_model::documents::{ApiToken, ApiTokenId, Kind};
use sekisho_model::{Timestamp, UserId};
use sekisho_store::{Expected, Write};

use crate::failure::unavailable;
use crate::identity::Inner;
use crate::right::Granted;
use crate::{Authenticator, Failure};

impl Inner {
    /// The tokens of a user that this authenticator may have proven: those with its method, of a sign-in since it was added. Which of
    /// several passkeys it was, a token does not say.
    pub(crate) async fn tokens_made_by(&self, user: &UserId, by: &Authenticator) -> Result<Vec<ApiTokenId>, Failure> {
        let all = self.store.list_all(Kind::ApiToken).await.map_err(|error| unavailable("read the tokens", &error))?;
        // A document that cannot be read is no token.
        let tokens = all.into_iter().filter_map(|document| serde_json::from_value::<ApiToken>(document.body).ok());
        let rests = |token: &ApiToken| token.methods.contains(by.method) && token.authenticated_at >= by.added_at;
        Ok(tokens.filter(|token| token.owner == *user && rests(token)).map(|token| token.id).collect())
    }

    /// Revokes what a session that has just ended made at the last moment.
    pub(crate) async fn revoke_late(
        &self,
        granted: &Granted,
        by: &Authenticator,
        now: Timestamp,
    ) -> Result<(), Failure> {
        for token in self.tokens_made_by(&granted.user, by).await? {
            let begun = self.changes.begin(granted.actor(), "token-revoked", format!("{}/{token}", Kind::ApiToken));
            let begun = begun.detail(json!({ "owner": granted.user, "authenticator": by.id }));
            revoked(&token).into_iter().fold(begun, |begun, write| begun.write(write)).commit(now).await?;
        }
        Ok(())
    }
}

/// The writes that revoke a token: it goes with its last use.
pub(crate) fn revoked(token: &ApiTokenId) -> [Write; 2] {
    [Kind::ApiToken, Kind::ApiTokenUse].map(|kind| Write::Delete {
        kind,
        id: token.to_string(),
        expected: Expected::Any,
    })
}
