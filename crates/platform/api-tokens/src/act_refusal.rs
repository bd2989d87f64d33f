//! Why a token was not made or revoked.

use sekisho_capability::ChangeError;
use sekisho_model::documents::ApiTokenId;
use sekisho_model::{GroupId, ResourceId, UserId};

/// Why a token was not made, or not revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenActRefusal {
    /// Only people who are signed in, and the operator, make tokens: a token makes none.
    #[error("only somebody who is signed in makes a token: a token cannot make another")]
    NotAPerson,
    /// It would be somebody else's token, and the maker was not permitted to administer tokens.
    #[error("this would be the token of `{0}`: only who administers tokens makes tokens for others")]
    NotYours(UserId),
    /// There is no such owner.
    #[error("there is no user `{0}`")]
    NoUser(UserId),
    /// The owner may not sign in, so the token would be refused.
    #[error("the account `{0}` is disabled")]
    Disabled(UserId),
    /// Somebody who would be in the way of the token has not its role.
    #[error("`{user}` does not have the role `{role}`: a token gets only roles that its owner and its maker have")]
    RoleNotHeld {
        /// The owner or the maker.
        user: UserId,
        /// The role.
        role: GroupId,
    },
    /// A limit is not a part of the platform.
    #[error("`{0}` is not a part of the platform: write one such as `platform-users`")]
    NoSuchPart(ResourceId),
    /// It has no role, or no end within the longest life.
    #[error("{0}")]
    Wrong(String),
    /// The identifier is in use.
    #[error("there is a token `{0}` already: choose another name, or revoke it first")]
    Taken(ApiTokenId),
    /// The owner has as many tokens as one may have.
    #[error("`{0}` has as many tokens as one may have: revoke one first")]
    TooMany(UserId),
    /// There is no such token, or it is somebody else's.
    #[error("there is no token `{0}`")]
    NoToken(ApiTokenId),
    /// The operating system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// The store or the ledger failed, or somebody else changed the token.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<sekisho_store::StoreError> for TokenActRefusal {
    fn from(error: sekisho_store::StoreError) -> Self {
        Self::Change(error.into())
    }
}
