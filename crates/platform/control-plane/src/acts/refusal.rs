//! Why an act was not done.

use sekisho_capability::ChangeError;
use sekisho_devices::DevicesError;
use sekisho_identity::Failure;
use sekisho_model::{DeviceId, SessionId, UserId};

use crate::ADMINISTRATORS;

use super::tokens::TokenActRefusal;

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActRefusal {
    /// People cannot disable or remove their own account: they could not undo it.
    #[error("nobody can disable or remove their own account: ask another administrator")]
    OwnAccount,
    /// Without this account nobody could administer the platform.
    #[error("`{0}` is the last active member of `{ADMINISTRATORS}`: add another member first")]
    LastAdministrator(UserId),
    /// A token would change how its own owner signs in, and so become more than a token.
    #[error("a token cannot change how its owner signs in: sign in to do that")]
    TokenOverOwner,
    /// There is no such user.
    #[error("there is no user `{0}`")]
    NoUser(UserId),
    /// There is no such device.
    #[error("there is no device `{0}`")]
    NoDevice(DeviceId),
    /// There is no such session, or it has ended.
    #[error("there is no session `{}`, or it has ended", .0.short())]
    NoSession(SessionId),
    /// Somebody else changed the same document.
    #[error("{0}")]
    Conflict(ChangeError),
    /// Identity refused.
    #[error(transparent)]
    Identity(Failure),
    /// A token was not made or not revoked.
    #[error(transparent)]
    Token(TokenActRefusal),
    /// The device service refused.
    #[error(transparent)]
    Devices(DevicesError),
    /// A stored document cannot be read.
    #[error("`{0}` cannot be read: it was altered outside of this program; restore it from a backup")]
    Damaged(String),
    /// The store or the ledger failed.
    #[error(transparent)]
    Failed(ChangeError),
}

impl From<ChangeError> for ActRefusal {
    fn from(error: ChangeError) -> Self {
        match error {
            conflict @ ChangeError::Conflict { .. } => Self::Conflict(conflict),
            other => Self::Failed(other),
        }
    }
}

impl From<sekisho_store::StoreError> for ActRefusal {
    fn from(error: sekisho_store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TokenActRefusal> for ActRefusal {
    fn from(refusal: TokenActRefusal) -> Self {
        match refusal {
            TokenActRefusal::NoUser(user) => Self::NoUser(user),
            TokenActRefusal::Change(error) => error.into(),
            other => Self::Token(other),
        }
    }
}

impl From<Failure> for ActRefusal {
    fn from(failure: Failure) -> Self {
        Self::Identity(failure)
    }
}

impl From<DevicesError> for ActRefusal {
    fn from(error: DevicesError) -> Self {
        match error {
            DevicesError::NoSuchDevice(id) => Self::NoDevice(id),
            DevicesError::Change(error) => error.into(),
            other => Self::Devices(other),
        }
    }
}
