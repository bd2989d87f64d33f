//! Sign-in on the word of an identity provider: an authenticator of an account is one subject at one provider, and nothing else that the
//! provider says leads to an account.

use serde::{Deserialize, Serialize};
use serde_json::json;

use sekisho_capability::Built;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, MethodSet, SessionId, Timestamp, UserId};
use sekisho_store::{Expected, Write};

use crate::account::{Account, What, place, put};
use crate::authenticators::Changed;
use crate::federated_link::{self, FederatedLink, FederatedSubject, federated_place};
use crate::identity::Inner;
use crate::session_list::{Goes, list_place};
use crate::sessions::{delete, read};
use crate::throttle::Ticket;
use crate::tokens::revoked;
use crate::{Failure, Identity, Origin, SignedIn, random};

/// A redirection to a provider whose answer has come. It serves one sign-in or one link.
#[derive(Debug)]
pub struct UsedRedirection {
    ticket: Ticket,
    from: Origin,
}

/// What a provider's word came to.
#[derive(Debug)]
pub enum Vouched {
    /// The account of that subject is signed in to.
    SignedIn(SignedIn),
    /// No account is linked to that subject.
    Unlinked,
}

impl Identity {
    /// Uses a redirection up, before anything else is done with the provider's answer.
    ///
    /// # Errors
    /// [`Failure::Expired`] when it is too old or was used; [`Failure::TooManyAttempts`].
    pub async fn use_redirection(
        &self,
        redirection: &str,
        until: Timestamp,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<UsedRedirection, Failure> {
        let (inner, from): (_, Origin) = (&self.0, from.into());
        if now >= until {
            return Err(Failure::Expired);
        }
        let begun = inner.throttling.begin(from.ceremony(&inner.key, redirection), now).await?;
        let id = format!("redirection/{}", random::digest_hex("federation", redirection));
        let body = json!({ "until": until });
        // INVARIANT I-12: an answer of a provider is used up before its code is; of two with one state, one goes on.
        let write = Write::Put { kind: Kind::OneTime, id, expected: Expected::New, body };
        inner.changes.maintain(vec![write], now).await?;
        Ok(UsedRedirection { ticket: begun.ticket, from })
    }

    /// Signs in the account that is linked to a subject. `assurance` is what the provider is trusted to have proven.
    ///
    /// # Errors
    /// [`Failure::WrongCredentials`] when the account may not be used.
    pub async fn sign_in_federated(
        &self,
        used: UsedRedirection,
        subject: &FederatedSubject,
        assurance: u8,
        now: Timestamp,
    ) -> Result<Vouched, Failure> {
        let inner = &self.0;
        let methods = MethodSet::federated(assurance);
        let detail = |why: Option<&str>| {
            json!({ "methods": methods, "address": used.from.address.to_string(), "provider": subject.provider,
                "subject": subject.subject, "why": why })
        };
        // INVARIANT I-30: only a link leads from a provider's subject to an account: no name, no mail address, no other claim.
        let Some(owner) = inner.linked_to(subject).await? else {
            let target = "user/unknown".to_owned();
            inner.record(Actor::System, "sign-in-failed", target, detail(Some("unlinked")), now).await?;
            return Ok(Vouched::Unlinked);
        };
        let claimant = inner.claimant(owner.as_str(), used.from).await?;
        if claimant.active().is_none() {
            let target = format!("user/{owner}");
            inner.record(Actor::System, "sign-in-failed", target, detail(Some("account-disabled")), now).await?;
            return Err(Failure::WrongCredentials);
        }
        let what = What { actor: Actor::User(owner.to_string()), act: "sign-in", detail: detail(None) };
        let id = inner
            .amend(&owner, what, now, |account: &mut Account| {
                let link = account.federated.iter_mut().find(|link| link.subject == *subject);
                let link = link.ok_or(Failure::WrongCredentials)?;
                link.last_used_at = Some(now);
                let id = link.id.clone();
                account.remember(&claimant.familiar);
                Ok((id, Vec::new()))
            })
            .await?;
        inner.throttling.succeeded(used.ticket).await?;
        Ok(Vouched::SignedIn(SignedIn::new(owner, methods, vec![id], now)))
    }

    /// Links a subject to an account, in the name of an administrator.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when there is no such user; [`Failure::Conflict`] when an account is linked to the subject already.
    pub async fn link_federated(
        &self,
        user: &UserId,
        subject: &FederatedSubject,
        actor: Actor,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let inner = &self.0;
        inner.user(user).await?.ok_or(Failure::NotFound("user"))?;
        let link = new_link(subject, now)?;
        let detail = json!({ "provider": subject.provider, "subject": subject.subject, "authenticator": link.id });
        let what = What { actor, act: "identity-linked", detail };
        inner.amend(user, what, now, |account| Ok(((), vec![add(account, user, &link)?]))).await?;
        Ok(link.id)
    }

    /// Links a subject to the account of a session, which is freshly authenticated as strongly as the account allows.
    ///
    /// # Errors
    /// [`Failure::AuthenticateAgain`]; [`Failure::Conflict`] when an account is linked to the subject already.
    pub async fn link_own_federated(
        &self,
        used: UsedRedirection,
        session: &SessionId,
        subject: &FederatedSubject,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let granted = self.0.granted_by_session(session, now).await?;
        let link = new_link(subject, now)?;
        let change = |account: &mut Account| Ok(vec![add(account, &granted.user, &link)?]);
        self.0.change(&granted, Changed::added(&link.id), now, change).await?;
        self.0.throttling.succeeded(used.ticket).await
    }

    /// The subjects that are linked to an account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn federated_links(&self, user: &UserId) -> Result<Vec<FederatedLink>, Failure> {
        Ok(self.0.account(user).await?.0.federated)
    }

    /// Removes a link, in the name of an administrator: the sessions that it opened end and the tokens that were made in them are revoked.
    /// How many sessions ended.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when there is no such link.
    pub async fn unlink_federated(
        &self,
        user: &UserId,
        id: &str,
        actor: Actor,
        now: Timestamp,
    ) -> Result<usize, Failure> {
        let inner = &self.0;
        let begun = inner.changes.begin(actor, "identity-unlinked", format!("user/{user}"));
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                let (mut account, expected) = inner.account(user).await?;
                let gone = account.list().into_iter().find(|one| one.id == id).ok_or(Failure::NotFound("link"))?;
                let mut writes =
                    vec![federated_link::removed(&mut account.federated, id).ok_or(Failure::NotFound("link"))?];
                writes.push(put(Kind::Credential, place(user), expected, &account)?);
                let (mut list, expected) = inner.session_list(user).await?;
                // INVARIANT I-31: what rests on a link ends with it, in the transaction that removes it.
                let ended = list.end_those_on(id, None, Goes::Removed);
                let tokens = inner.tokens_made_by(user, &gone).await?;
                writes.extend(tokens.iter().flat_map(revoked));
                writes.extend(ended.iter().map(delete));
                writes.push(put(Kind::Credential, list_place(user), expected, &list)?);
                let detail = json!({ "authenticator": id, "sessions_ended": ended, "tokens_revoked": tokens });
                Ok::<_, Failure>(Built { answer: ended.len(), detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }
}

impl Inner {
    /// The account that is linked to a subject.
    async fn linked_to(&self, subject: &FederatedSubject) -> Result<Option<UserId>, Failure> {
        let Some(document) = self.get(Kind::Credential, &federated_place(subject)).await? else { return Ok(None) };
        let kept: Kept = read(document.body)?;
        Ok(Some(kept.user))
    }
}

/// Whose a subject is.
#[derive(Serialize, Deserialize)]
struct Kept {
    user: UserId,
}

fn new_link(subject: &FederatedSubject, now: Timestamp) -> Result<FederatedLink, Failure> {
    let id = format!("federated-{}", hex::encode(random::bytes::<8>()?.as_slice()));
    Ok(FederatedLink { id, subject: subject.clone(), added_at: now, last_used_at: None })
}

/// Adds a link to an account, and the document that leads to it: a subject is linked to one account.
fn add(account: &mut Account, user: &UserId, link: &FederatedLink) -> Result<Write, Failure> {
    account.federated.push(link.clone());
    let body = Kept { user: user.clone() };
    put(Kind::Credential, federated_place(&link.subject), Expected::New, &body)
}
