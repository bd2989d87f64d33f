//! Makes and revokes tokens for the resolver.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use sekisho_capability::{ChangeError, Services};
use sekisho_model::documents::{Kind, ResolverToken, Sha256Hex};
use sekisho_model::{Actor, Name, Span, Timestamp, UserId};
use sekisho_policy_information::World;
use sekisho_store::Expected;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED};

/// The code under which the platform records that it removed a token.
const ENDED: &str = "resolver-token-ended";
/// The random bytes of a token.
const SECRET_BYTES: usize = 32;
/// How many tokens there may be: each is compared with what is shown.
const MOST: usize = 10_000;
/// The longest life of a token, in days.
pub(crate) const MOST_DAYS: u32 = 366;

/// A token that is wanted.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its identifier.
    pub id: Name,
    /// Whose questions it asks.
    pub user: UserId,
    /// In how many days it ends, 1 to 366.
    pub days: u32,
}

/// A token that was made. Its text is shown once.
pub struct MadeToken {
    /// The token: a secret.
    pub text: Zeroizing<String>,
    /// Which token.
    pub id: Name,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MadeToken({})", self.id)
    }
}

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefusal {
    /// There is no such account.
    #[error("there is no user `{0}`")]
    NoUser(UserId),
    /// It would have no end that is allowed.
    #[error("`days`: write 1 to {MOST_DAYS}")]
    Days,
    /// The identifier is in use.
    #[error("there is a token `{0}` already: choose another name, or revoke it first")]
    Taken(Name),
    /// There are as many as there may be.
    #[error("there are {MOST} tokens: revoke one first")]
    TooMany,
    /// There is no such token.
    #[error("there is no token `{0}`")]
    NoToken(String),
    /// The operating system gives no random bytes.
    #[error(transparent)]
    NoEntropy(#[from] sekisho_capability::NoEntropy),
    /// The store or the ledger failed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<sekisho_store::StoreError> for TokenRefusal {
    fn from(error: sekisho_store::StoreError) -> Self {
        Self::Change(error.into())
    }
}

/// The tokens of a platform. A cheap handle.
#[derive(Clone)]
pub struct Tokens(Services);

impl Tokens {
    /// The tokens behind these services.
    #[must_use]
    pub const fn new(services: Services) -> Self {
        Self(services)
    }

    /// Makes a token.
    ///
    /// # Errors
    /// [`TokenRefusal`]; then there is no token.
    pub async fn make(
        &self,
        new: NewToken,
        actor: Actor,
        world: &World,
        now: Timestamp,
    ) -> Result<MadeToken, TokenRefusal> {
        let NewToken { id, user, days } = new;
        if world.user(user.as_str()).is_none() {
            return Err(TokenRefusal::NoUser(user));
        }
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(TokenRefusal::Days);
        }
        if world.resolver_tokens().count() >= MOST {
            return Err(TokenRefusal::TooMany);
        }
        let secret = self.0.entropy.bytes::<SECRET_BYTES>()?;
        let text = Zeroizing::new(hex::encode(secret.as_slice()));
        let expires_at = now.plus(Span::from_minutes(i64::from(days) * 24 * 60));
        let secret_hash = Sha256Hex::of_bytes(digest(&SHA256, text.as_bytes()).as_ref());
        let token = ResolverToken { id: id.clone(), user, made_at: now, expires_at, secret_hash };
        let body = json!(token);
        let detail = json!({ "user": token.user, "expires_at": expires_at });
        let begun = self.0.changes.begin(actor, RESOLVER_TOKEN_MADE.code, target(id.as_str())).detail(detail);
        match begun.put(Kind::ResolverToken, id.as_str(), Expected::New, body).commit(now).await {
            Ok(_) => Ok(MadeToken { text, id, expires_at }),
            Err(ChangeError::Conflict { .. }) => Err(TokenRefusal::Taken(id)),
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes a token: it is refused as soon as the World knows.
    ///
    /// # Errors
    /// [`TokenRefusal::NoToken`] when there is none.
    pub async fn revoke(&self, id: &str, actor: Actor, now: Timestamp) -> Result<(), TokenRefusal> {
        self.remove(id, actor, RESOLVER_TOKEN_REVOKED.code, now).await
    }

    /// Removes the tokens that have ended, and those of accounts that do not exist: an account that is made later under the same name
    /// inherits none.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), TokenRefusal> {
        let world = self.0.world.borrow().clone();
        let is_over = |token: &ResolverToken| token.expires_at <= now || world.user(token.user.as_str()).is_none();
        let over: Vec<Name> =
            world.resolver_tokens().filter(|token| is_over(token)).map(|token| token.id.clone()).collect();
        for id in over {
            match self.remove(id.as_str(), Actor::System, ENDED, now).await {
                Ok(()) | Err(TokenRefusal::NoToken(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn remove(&self, id: &str, actor: Actor, act: &str, now: Timestamp) -> Result<(), TokenRefusal> {
        let missing = || TokenRefusal::NoToken(id.to_owned());
        let document = self.0.store.get(Kind::ResolverToken, id).await?.ok_or_else(missing)?;
        let detail = json!({ "user": document.body.get("user") });
        let begun = self.0.changes.begin(actor, act, target(id)).detail(detail);
        let removed = begun.delete(Kind::ResolverToken, id, Expected::Revision(document.revision)).commit(now).await;
        match removed {
            Ok(_) => Ok(()),
            Err(ChangeError::Conflict { .. }) => Err(missing()),
            Err(error) => Err(error.into()),
        }
    }
}

fn target(id: &str) -> String {
    format!("{}/{id}", Kind::ResolverToken)
}
