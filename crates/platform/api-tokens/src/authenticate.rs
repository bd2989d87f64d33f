//! Whose a shown token is, and whether it may be used now. Read from the World alone: no database is asked for a request.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sekisho_model::documents::{ApiToken, UserStatus};
use sekisho_model::facts::{Entity, EntityType, Fact, Slot};
use sekisho_model::{GroupId, Text, Timestamp, is_live};
use sekisho_policy_information::World;

use crate::TokenCaller;
use crate::shown_token::ShownToken;

/// What a shown token is compared with when nobody has its identifier: no token has this hash.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Why a shown token is refused. All but [`TokenRefusal::Unknown`] are said only to who showed the right secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// It is no token, or none that counts: it never was, was altered, or was revoked.
    #[error("this token is not valid")]
    Unknown,
    /// It has reached its end.
    #[error("this token has expired")]
    Expired,
    /// Its owner's account is disabled.
    #[error("the account of this token's owner is disabled")]
    OwnerDisabled,
    /// Its owner's account does not exist any more.
    #[error("the account of this token's owner does not exist any more")]
    OwnerGone,
    /// Its owner is no longer in the group of one of its roles.
    #[error("the owner of this token no longer has one of its roles")]
    RoleLost,
}

impl TokenRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "token-unknown",
            Self::Expired => "token-expired",
            Self::OwnerDisabled => "token-owner-disabled",
            Self::OwnerGone => "token-owner-gone",
            Self::RoleLost => "token-role-lost",
        }
    }

    /// What is wrong and what to do, for people.
    #[must_use]
    pub fn text(self) -> Text {
        let (en, ja) = match self {
            Self::Unknown => (
                "This token is not valid: make a new one.",
                "このトークンは無効です。新しいトークンを発行してください。",
            ),
            Self::Expired => (
                "This token has expired: make a new one.",
                "このトークンの有効期限が切れました。新しいトークンを発行してください。",
            ),
            Self::OwnerDisabled => (
                "The account of this token's owner is disabled.",
                "このトークンの所有者のアカウントは無効になっています。",
            ),
            Self::OwnerGone => (
                "The account of this token's owner does not exist any more.",
                "このトークンの所有者のアカウントは存在しません。",
            ),
            Self::RoleLost => (
                "The owner of this token no longer has one of its roles: make a token without it.",
                "このトークンの所有者は、トークンの役割の一部を失っています。その役割を除いたトークンを発行してください。",
            ),
        };
        Text::new(en, ja)
    }
}

/// Who shows this token. An identifier that nobody has costs the same work and gets the same answer as a wrong secret.
///
/// # Errors
/// [`TokenRefusal`]
pub fn authenticate(text: &str, world: &World, now: Timestamp) -> Result<TokenCaller, TokenRefusal> {
    let shown = ShownToken::read(text).ok_or(TokenRefusal::Unknown)?;
    let token = world.api_token(&shown.id);
    let kept = token.map_or(NO_HASH, |token| token.secret_hash.as_str());
    let fits = verify_slices_are_equal(kept.as_bytes(), shown.hash.as_str().as_bytes()).is_ok();
    let token = token.filter(|_| fits).ok_or(TokenRefusal::Unknown)?;
    standing(token, world, now)?;
    TokenCaller::new(token, world).ok_or(TokenRefusal::Unknown)
}

/// Whether a token may be used now: it has not ended, and its owner may sign in and is in the groups of all its roles.
///
/// # Errors
/// Why not.
pub fn standing(token: &ApiToken, world: &World, now: Timestamp) -> Result<(), TokenRefusal> {
    if !is_live(token.authenticated_at, token.expires_at, now) {
        return Err(TokenRefusal::Expired);
    }
    // INVARIANT I-25: a token acts only while its owner may, and with no role that its owner does not have now.
    let owner = user(world, token.owner.as_str()).ok_or(TokenRefusal::OwnerGone)?;
    if !is_active(owner) {
        return Err(TokenRefusal::OwnerDisabled);
    }
    match token.roles.iter().all(|role| holds(world, owner, role)) {
        true => Ok(()),
        false => Err(TokenRefusal::RoleLost),
    }
}

/// The facts of an existing user.
pub(crate) fn user<'a>(world: &'a World, id: &str) -> Option<&'a Entity> {
    world.user(id).and_then(|handle| world.facts().get(handle))
}

/// Whether a user may sign in.
pub(crate) fn is_active(user: &Entity) -> bool {
    matches!(user.get(Slot::Status), Fact::String(status) if status == UserStatus::Active.name())
}

/// Whether a user is in the group of a role, directly or by way of other groups.
pub(crate) fn holds(world: &World, user: &Entity, role: &GroupId) -> bool {
    let group = world.facts().interner().lookup(EntityType::Group, role.as_str());
    group.is_some_and(|group| user.has_ancestor(group))
}
