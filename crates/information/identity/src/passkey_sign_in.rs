//! Sign-in with a passkey, by user name or by whatever credential the authenticator offers.

use std::net::IpAddr;

use serde_json::{Value, json};
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential};

use sekisho_model::documents::Kind;
use sekisho_model::{Actor, Method, MethodSet, Timestamp, UserId};

use crate::account::{Account, Spent, What, passkey_place};
use crate::claimant::Claimant;
use crate::identity::Inner;
use crate::relying_party::Refusal;
use crate::sealed::State;
use crate::{Ceremony, Failure, Identity, Origin, SignedIn, random, signals};

impl Identity {
    /// Starts a passkey sign-in: of that user, or of whoever the authenticator knows.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin_passkey(
        &self,
        user: Option<&str>,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<Ceremony, Failure> {
        let inner = &self.0;
        let (name, allowed) = match user {
            None => (None, Vec::new()),
            Some(typed) => {
                let claimant = inner.claimant(typed, from.into()).await?;
                let held = claimant.account.sound_passkeys().map(|passkey| passkey.key.cred_id().to_vec());
                let mut allowed: Vec<Vec<u8>> = held.collect();
                if allowed.is_empty() {
                    // INVARIANT I-14: a name without passkeys, of an account or of none, gets stand-ins that stay the same.
                    allowed = inner.stand_ins(&claimant.name);
                }
                (Some(claimant.name), allowed)
            }
        };
        let (options, state) = inner.relying_party.begin_assertion(&allowed)?;
        let ceremony = random::token()?.expose().to_owned();
        let state = inner.seal(State::Passkey { ceremony, user: name, state: Box::new(state) }, now)?;
        Ok(Ceremony { state, options })
    }

    /// Completes a passkey sign-in with the browser's answer (`PublicKeyCredential` as JSON).
    ///
    /// # Errors
    /// [`Failure::WrongCredentials`] whatever is wrong with the answer; [`Failure::Expired`] when the ceremony is too
    /// old; [`Failure::TooManyAttempts`].
    pub async fn finish_passkey(
        &self,
        state: &str,
        response: &Value,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let inner = &self.0;
        let (State::Passkey { ceremony, user: asked, state }, until) = inner.open(state, now)? else {
            return Err(Failure::Expired);
        };
        let from: Origin = from.into();
        let (attempt, address) = (from.ceremony(&inner.key, &ceremony), from.address);
        let begun = inner.throttling.begin(attempt, now).await?;
        let (owner, answer) = match inner.owner(response, asked.as_deref()).await? {
            Ok(found) => found,
            Err(why) => return Err(inner.refused(None, why, address, now).await),
        };
        let claimant = inner.claimant(owner.as_str(), from).await?;
        if claimant.active().is_none() {
            return Err(inner.refused(Some(&owner), "account-disabled", address, now).await);
        }
        let id = answer.get_credential_id();
        let used = claimant.account.passkeys.iter().find(|passkey| passkey.key.cred_id().as_slice() == id);
        let by = used.map(|passkey| passkey.id.clone()).into_iter().collect();
        let proof = Proof { ceremony, until, state: *state, answer };
        inner.prove_passkey(&claimant, &owner, &proof, address, now).await?;
        inner.throttling.succeeded(begun.ticket).await?;
        Ok(SignedIn::new(owner, MethodSet::EMPTY.with(Method::Passkey), by, now))
    }
}

/// What is to be verified.
struct Proof {
    ceremony: String,
    until: Timestamp,
    state: DiscoverableAuthentication,
    answer: PublicKeyCredential,
}

/// What verifying came to.
enum Verified {
    Yes,
    Used,
    CopySuspected,
    No(&'static str),
}

impl Inner {
    /// Whose credential an answer names, if it fits the name that was typed and the user handle.
    async fn owner(
        &self,
        response: &Value,
        asked: Option<&str>,
    ) -> Result<Result<(UserId, PublicKeyCredential), &'static str>, Failure> {
        let answer = match self.relying_party.read_assertion(response) {
            Ok(answer) => answer,
            Err(why) => return Ok(Err(why)),
        };
        let Some(document) = self.get(Kind::Credential, &passkey_place(answer.get_credential_id())).await? else {
            return Ok(Err("unknown-credential"));
        };
        let owner = document.body.get("user").and_then(Value::as_str).and_then(|text| text.parse::<UserId>().ok());
        let owner = owner.ok_or(Failure::Unavailable("read the account"))?;
        if asked.is_some_and(|name| name != owner.as_str()) {
            return Ok(Err("credential-of-another"));
        }
        match answer.get_user_unique_id() {
            Some(handle) if handle != self.user_handle(&owner) => Ok(Err("other-user-handle")),
            None if asked.is_none() => Ok(Err("no-user-handle")),
            Some(_) | None => Ok(Ok((owner, answer))),
        }
    }

    /// Verifies the answer against the passkey as it is kept, and uses the ceremony up in the same transaction.
    async fn prove_passkey(
        &self,
        claimant: &Claimant,
        owner: &UserId,
        proof: &Proof,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let look = self.verify(&mut claimant.account.clone(), proof, now);
        let (act, actor) = match look {
            Verified::Yes => ("sign-in", Actor::User(owner.to_string())),
            Verified::CopySuspected => ("passkey-copy-suspected", Actor::System),
            Verified::Used => return Err(self.refused(Some(owner), "used-ceremony", address, now).await),
            Verified::No(why) => return Err(self.refused(Some(owner), why, address, now).await),
        };
        let detail = json!({ "methods": [Method::Passkey], "address": address.to_string() });
        let changed = |account: &mut Account| {
            let verified = self.verify(account, proof, now);
            if matches!(verified, Verified::Yes) {
                account.remember(&claimant.familiar);
            }
            match verified {
                Verified::Yes | Verified::CopySuspected => Ok((verified, Vec::new())),
                Verified::Used | Verified::No(_) => Err(Failure::WrongCredentials),
            }
        };
        match self.amend(owner, What { actor, act, detail }, now, changed).await? {
            Verified::CopySuspected => {
                signals::raise(&self.changes, signals::passkey_copied(owner, now)?).await?;
                Err(self.refused(Some(owner), "counter-went-back", address, now).await)
            }
            Verified::Yes | Verified::Used | Verified::No(_) => Ok(()),
        }
    }

    /// Verifies an answer and notes in the account what follows from it.
    fn verify(&self, account: &mut Account, proof: &Proof, now: Timestamp) -> Verified {
        account.spent.retain(|spent| spent.until > now);
        if account.spent.iter().any(|spent| spent.ceremony == proof.ceremony) {
            return Verified::Used;
        }
        let id = proof.answer.get_credential_id();
        let usable = |passkey: &&mut crate::account::StoredPasskey| {
            passkey.key.cred_id().as_slice() == id && passkey.suspected_at.is_none()
        };
        let Some(passkey) = account.passkeys.iter_mut().find(usable) else {
            return Verified::No("unusable-passkey");
        };
        match self.relying_party.finish_assertion(&proof.answer, &proof.state, &passkey.key) {
            Err(Refusal::Wrong(why)) => Verified::No(why),
            Err(Refusal::CopySuspected) => {
                passkey.suspected_at = Some(now);
                Verified::CopySuspected
            }
            Ok(result) => {
                passkey.key.update_credential(&result);
                passkey.synced = result.backup_state();
                passkey.last_used_at = Some(now);
                account.spent.push(Spent { ceremony: proof.ceremony.clone(), until: proof.until });
                Verified::Yes
            }
        }
    }

    /// Records a refused passkey; the answer is one and the same whatever the reason.
    async fn refused(&self, user: Option<&UserId>, why: &'static str, address: IpAddr, now: Timestamp) -> Failure {
        let target = user.map_or_else(|| "user/unknown".to_owned(), |user| format!("user/{user}"));
        let detail = json!({ "method": Method::Passkey, "why": why, "address": address.to_string() });
        match self.record(Actor::System, "sign-in-failed", target, detail, now).await {
            Ok(()) => Failure::WrongCredentials,
            Err(failure) => failure,
        }
    }

    /// The handle by which authenticators know a user: it tells nothing to who reads it off an authenticator.
    pub(crate) fn user_handle(&self, user: &UserId) -> [u8; 16] {
        random::keyed(&self.key, "user-handle", user.as_str())
    }

    /// Credential identifiers for a name that has none: one or two, always the same, of a length that is in use.
    fn stand_ins(&self, name: &str) -> Vec<Vec<u8>> {
        let [shape, length, ..] = random::keyed(&self.key, "stand-in", name);
        let half = |which: &str| random::keyed(&self.key, which, name);
        let long = |first: &str, second: &str| {
            let bytes = half(first).into_iter().chain(half(second));
            bytes.take(if length < 64 { 20 } else { 32 }).collect::<Vec<u8>>()
        };
        let mut made = vec![long("stand-in 1a", "stand-in 1b")];
        if shape < 64 {
            made.push(long("stand-in 2a", "stand-in 2b"));
        }
        made
    }
}
