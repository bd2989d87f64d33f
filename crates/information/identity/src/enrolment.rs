//! Enrolment links: how a person without any authenticator gets the first one.
//!
//! The token is 256 random bits and is kept as a digest, one per user, so that a new link replaces an older one. It is
//! used up in the transaction that adds the authenticator.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use sekisho_capability::{Built, Change, ChangeError};
use sekisho_model::documents::{Employment, Group, Kind, SessionEnd, User, UserStatus};
use sekisho_model::{Actor, GroupId, Span, Timestamp, UserId};
use sekisho_store::{Expected, Write};

use crate::account::{Account, passkey_place, place, put};
use crate::failure::unavailable;
use crate::federated_link::forgotten;
use crate::identity::Inner;
use crate::{EnrolmentLink, Failure, FirstAdministrator, Identity, Invitation, Secret, random};

/// How long a link works.
const LIFETIME: Span = Span::from_minutes(24 * 60);

impl Identity {
    /// When nobody has any authenticator: makes the account and the group if they do not exist, and a link to enrol
    /// its first authenticator (24 hours). Of several at once on one store, one makes it.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn first_administrator(
        &self,
        user: &UserId,
        group: &GroupId,
        now: Timestamp,
    ) -> Result<FirstAdministrator, Failure> {
        let inner = &self.0;
        let first = inner.store.list(Kind::Credential, None, 1).await;
        let first = first.map_err(|error| unavailable("read the accounts", &error))?;
        // `account/…` stands before every other credential document.
        if first.first().is_some_and(|document| document.id.starts_with("account/")) {
            return Ok(FirstAdministrator::Present);
        }
        let older = inner.get(Kind::OneTime, &link_place(user)).await?;
        let mut writes = Vec::new();
        if inner.get(Kind::Group, group.as_str()).await?.is_none() {
            let made = Group { id: group.clone(), name: group.to_string(), groups: Vec::new() };
            writes.push(put(Kind::Group, group.to_string(), Expected::New, &made)?);
        }
        if inner.user(user).await?.is_none() {
            writes.push(put(Kind::User, user.to_string(), Expected::New, &administrator(user, group))?);
        }
        let target = format!("user/{user}");
        let begun = if writes.is_empty() {
            inner.changes.begin(Actor::System, LINK_MADE, target)
        } else {
            let made = inner.changes.begin(Actor::System, "first-administrator", target.clone());
            made.detail(json!({ "group": group.as_str() })).and(LINK_MADE, target)
        };
        // In one transaction with the account, on what was read: a link that somebody else has just made is not replaced unseen.
        let replaces = older.is_some();
        let expected = older.map_or(Expected::New, |older| Expected::Revision(older.revision));
        let (link, write) = make_link(user, expected, now)?;
        let begun = begun.detail(link_detail(&link)).write(write);
        match writes.into_iter().fold(begun, Change::write).commit(now).await {
            Ok(_) => Ok(FirstAdministrator::Invited { link, replaces }),
            Err(ChangeError::Conflict { .. }) => Ok(FirstAdministrator::InvitedElsewhere),
            Err(failure) => Err(failure.into()),
        }
    }

    /// A new enrolment link for a user (24 hours). An older link of the same user stops working.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when there is no such user.
    pub async fn enrolment_link(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<EnrolmentLink, Failure> {
        self.0.link(user, actor, now).await
    }

    /// What an enrolment page shows. Does not use the link up.
    ///
    /// # Errors
    /// [`Failure::Expired`] when the link is not or no longer good, whatever the reason.
    pub async fn invitation(&self, token: &str, now: Timestamp) -> Result<Invitation, Failure> {
        let (kept, _) = self.0.linked(token, now).await?;
        let user = self.0.active_user(&kept.user).await?.ok_or(Failure::Expired)?;
        Ok(Invitation { user: kept.user, name: user.name, expires_at: kept.until })
    }

    /// Makes an enrolment link void that somebody else could have read. One that is not good anyway is left as it is.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn void_link(&self, token: &str, now: Timestamp) -> Result<(), Failure> {
        let (kept, write) = match self.0.linked(token, now).await {
            Err(Failure::Expired) => return Ok(()),
            linked => linked?,
        };
        let begun = self.0.changes.begin(Actor::System, LINK_VOID, format!("user/{}", kept.user)).write(write);
        match begun.commit(now).await {
            // It was used, or replaced by another.
            Ok(_) | Err(ChangeError::Conflict { .. }) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Deletes all authenticators of a user, ends all sessions and makes a new enrolment link.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when there is no such user.
    pub async fn reset(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<EnrolmentLink, Failure> {
        if self.0.user(user).await?.is_none() {
            return Err(Failure::NotFound("user"));
        }
        self.0.drop_authenticators(user, "authenticators-reset", actor.clone(), now).await?;
        self.end_all(user, SessionEnd::Revoked, actor.clone(), now).await?;
        self.0.link(user, actor, now).await
    }

    /// Deletes all authenticators and sessions of a user whose account was removed, so that an account made later
    /// under the same name inherits nothing.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn forget(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<(), Failure> {
        self.0.drop_authenticators(user, "authenticators-deleted", actor.clone(), now).await?;
        self.end_all(user, SessionEnd::AccountDisabled, actor, now).await?;
        Ok(())
    }
}

/// A link as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptLink {
    /// Whose it is.
    pub user: UserId,
    digest: String,
    /// When it stops working.
    pub until: Timestamp,
}

impl Inner {
    async fn link(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<EnrolmentLink, Failure> {
        if self.user(user).await?.is_none() {
            return Err(Failure::NotFound("user"));
        }
        let (link, write) = make_link(user, Expected::Any, now)?;
        let begun = self.changes.begin(actor, LINK_MADE, format!("user/{user}")).detail(link_detail(&link));
        begun.write(write).commit(now).await?;
        Ok(link)
    }

    /// The link that a token belongs to, and the write that uses it up.
    pub(crate) async fn linked(&self, token: &str, now: Timestamp) -> Result<(KeptLink, Write), Failure> {
        let (user, secret) = token.split_once('~').ok_or(Failure::Expired)?;
        let user: UserId = user.parse().map_err(|_| Failure::Expired)?;
        let id = link_place(&user);
        let document = self.get(Kind::OneTime, &id).await?.ok_or(Failure::Expired)?;
        let kept: KeptLink = serde_json::from_value(document.body).map_err(|_| Failure::Expired)?;
        let right: bool = kept.digest.as_bytes().ct_eq(digest_of(secret).as_bytes()).into();
        if !right || now >= kept.until {
            return Err(Failure::Expired);
        }
        let expected = Expected::Revision(document.revision);
        Ok((kept, Write::Delete { kind: Kind::OneTime, id, expected }))
    }

    /// Deletes a user's authenticators and what points to them, and any link that could add new ones.
    async fn drop_authenticators(
        &self,
        user: &UserId,
        act: &'static str,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let begun = self.changes.begin(actor, act, format!("user/{user}"));
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                let (account, expected) = self.account(user).await?;
                let id = link_place(user);
                let mut writes = vec![Write::Delete { kind: Kind::OneTime, id, expected: Expected::Any }];
                if expected != Expected::New {
                    writes.push(Write::Delete { kind: Kind::Credential, id: place(user), expected });
                }
                writes.extend(passkeys_forgotten(&account));
                writes.extend(account.federated.iter().map(forgotten));
                Ok(Built::new((), writes))
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }
}

/// The act of making an enrolment link.
const LINK_MADE: &str = "enrolment-link-made";
/// The act of making one void.
const LINK_VOID: &str = "enrolment-link-void";

/// A new link, with the write that makes it good.
fn make_link(user: &UserId, expected: Expected, now: Timestamp) -> Result<(EnrolmentLink, Write), Failure> {
    let secret = random::token()?;
    let expires_at = now.plus(LIFETIME);
    let kept = KeptLink { user: user.clone(), digest: digest_of(secret.expose()), until: expires_at };
    let write = put(Kind::OneTime, link_place(user), expected, &kept)?;
    let token = Secret::from(format!("{user}~{}", secret.expose()));
    Ok((EnrolmentLink { user: user.clone(), token, expires_at }, write))
}

/// What the record says of a link.
fn link_detail(link: &EnrolmentLink) -> Value {
    json!({ "expires_at": link.expires_at })
}

fn passkeys_forgotten(account: &Account) -> impl Iterator<Item = Write> {
    let ids = account.passkeys.iter().map(|passkey| passkey_place(passkey.key.cred_id()));
    ids.map(|id| Write::Delete { kind: Kind::Credential, id, expected: Expected::Any })
}

fn link_place(user: &UserId) -> String {
    format!("enrol/{user}")
}

fn digest_of(secret: &str) -> String {
    random::digest_hex("enrolment-link", secret)
}

fn administrator(user: &UserId, group: &GroupId) -> User {
    User {
        id: user.clone(),
        name: user.to_string(),
        email: None,
        department: None,
        employment: Employment::Staff,
        clearance: 0,
        status: UserStatus::Active,
        identity_assurance: 1,
        groups: vec![group.clone()],
        attributes: std::collections::BTreeMap::new(),
    }
}
