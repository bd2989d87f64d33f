//! Acts on people's accounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_capability::{ActSpec, Built};
use sekisho_identity::EnrolmentLink;
use sekisho_model::documents::{Kind, SessionEnd, User, UserStatus};
use sekisho_model::{Actor, UserId};
use sekisho_store::{Document, Expected, Write};
use serde_json::Value;

use super::{ActRefusal, Acting, table};
use crate::protected::administrators;
use crate::remaining::{Planned, first_member, membership};

impl Acting<'_> {
    /// Disables an account and ends its sessions, with everything that is open in them.
    ///
    /// # Errors
    /// [`ActRefusal::OwnAccount`]; [`ActRefusal::LastAdministrator`]; [`ActRefusal::NoUser`].
    pub async fn disable_user(&self, user: &UserId) -> Result<(), ActRefusal> {
        refuse_own_account(&self.actor, user.as_str())?;
        self.set_status(user, UserStatus::Disabled, &table::USER_DISABLED).await?;
        // Also where the account was disabled before: a former attempt may have failed between the two.
        self.end_disabled(user).await
    }

    /// Enables an account again.
    ///
    /// # Errors
    /// [`ActRefusal::NoUser`].
    pub async fn enable_user(&self, user: &UserId) -> Result<(), ActRefusal> {
        self.set_status(user, UserStatus::Active, &table::USER_ENABLED).await
    }

    /// Makes a one-time link with which the person sets up sign-in methods.
    ///
    /// # Errors
    /// [`ActRefusal::NoUser`]; [`ActRefusal::TokenOverOwner`].
    pub async fn make_enrolment_link(&self, user: &UserId) -> Result<EnrolmentLink, ActRefusal> {
        refuse_token_over_owner(&self.actor, user)?;
        let link = self.acts.identity.enrolment_link(user, self.actor.clone(), self.now).await;
        link.map_err(|failure| of_user(user, failure))
    }

    /// Removes everything that the person can sign in with, ends their sessions, revokes their API tokens, and makes a new link.
    ///
    /// # Errors
    /// [`ActRefusal::NoUser`]; [`ActRefusal::TokenOverOwner`].
    pub async fn reset_user(&self, user: &UserId) -> Result<EnrolmentLink, ActRefusal> {
        refuse_token_over_owner(&self.actor, user)?;
        // Before the link, which is shown once: when this fails, it is made by the next attempt.
        self.revoke_tokens_of(&BTreeSet::from([user.clone()])).await?;
        let link = self.acts.identity.reset(user, self.actor.clone(), self.now).await;
        let link = link.map_err(|failure| of_user(user, failure))?;
        // And after the sessions ended, since one of them could make a token until then. When this fails, the link is not shown, and the
        // next attempt makes another.
        self.revoke_tokens_of(&BTreeSet::from([user.clone()])).await?;
        Ok(link)
    }

    /// Ends the sessions of an account that was disabled by something else than [`Self::disable_user`].
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn end_disabled(&self, user: &UserId) -> Result<(), ActRefusal> {
        let ended = self.acts.identity.end_all(user, SessionEnd::AccountDisabled, self.actor.clone(), self.now).await;
        ended.map(drop).map_err(Into::into)
    }

    /// Removes what a removed account could act by: its API tokens, sign-in methods and sessions.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn end_removed(&self, user: &UserId) -> Result<(), ActRefusal> {
        self.revoke_tokens_of(&BTreeSet::from([user.clone()])).await?;
        self.acts.identity.forget(user, self.actor.clone(), self.now).await.map_err(Into::into)
    }

    /// Only this one document is written: what ends somebody's access waits for no rehearsal of the World, and a status makes no other
    /// problems than there were.
    async fn set_status(&self, user: &UserId, status: UserStatus, act: &ActSpec) -> Result<(), ActRefusal> {
        let changes = &self.acts.changes;
        let mut attempts = changes.begin(self.actor.clone(), act.code, format!("user/{user}")).attempts(self.now);
        loop {
            let built = async {
                let document = changes.store().get(Kind::User, user.as_str()).await?;
                let document = document.ok_or_else(|| ActRefusal::NoUser(user.clone()))?;
                let mut writes: Vec<Write> = with_status(document, status)?.into_iter().collect();
                if status == UserStatus::Disabled && !writes.is_empty() {
                    writes.extend(self.leaves_an_administrator(user).await?);
                }
                Ok(Built::new((), writes))
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }

    /// What the commit that disables an account rests on, so that somebody is left who may administer the platform. Nothing where the
    /// account is no administrator's, or where nobody could administer the platform before.
    async fn leaves_an_administrator(&self, user: &UserId) -> Result<Vec<Write>, ActRefusal> {
        let (store, none) = (self.acts.changes.store(), Planned::new());
        if membership(store, &none, user.as_str()).await?.is_none() {
            return Ok(Vec::new());
        }
        let world = Arc::clone(&*self.acts.world.borrow());
        let administrators = administrators(&world, self.now);
        if administrators.is_empty() {
            return Ok(Vec::new());
        }
        let others = administrators.into_iter().filter(|other| other != user.as_str());
        first_member(store, &none, others).await?.ok_or_else(|| ActRefusal::LastAdministrator(user.clone()))
    }
}

/// Rejects an act by which people would lock themselves out of their own account, also by way of a token.
///
/// # Errors
/// [`ActRefusal::OwnAccount`].
pub(crate) fn refuse_own_account(actor: &Actor, user: &str) -> Result<(), ActRefusal> {
    match actor.user() {
        Some(own) if own == user => Err(ActRefusal::OwnAccount),
        _ => Ok(()),
    }
}

/// Rejects a token that would get at a way to sign in as its owner, and so leave its limits behind.
fn refuse_token_over_owner(actor: &Actor, user: &UserId) -> Result<(), ActRefusal> {
    match actor {
        Actor::Token { owner, .. } if owner == user.as_str() => Err(ActRefusal::TokenOverOwner),
        _ => Ok(()),
    }
}

/// The write that gives an account its status; none when it has that status.
fn with_status(document: Document, status: UserStatus) -> Result<Option<Write>, ActRefusal> {
    let damaged = || ActRefusal::Damaged(format!("user/{}", document.id));
    let user: User = serde_json::from_value(document.body.clone()).map_err(|_| damaged())?;
    if user.status == status {
        return Ok(None);
    }
    let body: Value = serde_json::to_value(User { status, ..user }).map_err(|_| damaged())?;
    let expected = Expected::Revision(document.revision);
    Ok(Some(Write::Put { kind: Kind::User, id: document.id, expected, body }))
}

fn of_user(user: &UserId, failure: sekisho_identity::Failure) -> ActRefusal {
    match failure {
        sekisho_identity::Failure::NotFound("user") => ActRefusal::NoUser(user.clone()),
        other => other.into(),
    }
}
