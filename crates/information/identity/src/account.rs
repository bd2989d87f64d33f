//! What is kept of a user's authenticators: one sealed document per user, changed as a whole.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::Passkey;

use sekisho_capability::Built;
use sekisho_model::documents::{Kind, User, UserStatus};
use sekisho_model::{Actor, MethodSet, Timestamp, UserId};
use sekisho_store::{Expected, Write};

use crate::federated_link::FederatedLink;
use crate::identity::Inner;
use crate::password::StoredPassword;
use crate::recovery::RecoveryCodes;
use crate::totp::Totp;
use crate::{Failure, random};

/// A user's authenticators.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    /// The password.
    pub password: Option<StoredPassword>,
    /// The authenticator app.
    pub totp: Option<Totp>,
    /// The recovery codes.
    pub recovery: Option<RecoveryCodes>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<StoredPasskey>,
    /// The subjects at identity providers, oldest first.
    pub federated: Vec<FederatedLink>,
    /// Digests of the addresses from which the owner last signed in, newest last.
    pub familiar: Vec<String>,
    /// Passkey ceremonies that are used up, until they expire.
    pub spent: Vec<Spent>,
}

/// A passkey of an account.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredPasskey {
    /// Its identifier among the account's authenticators.
    pub id: String,
    /// The name its owner gave it.
    pub name: String,
    /// The public key, the counter and the flags.
    pub key: Passkey,
    /// Whether its provider copies it to other devices of its owner.
    pub synced: bool,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it last served.
    pub last_used_at: Option<Timestamp>,
    /// When its counter went back: a copy is suspected, and it no longer works.
    pub suspected_at: Option<Timestamp>,
}

/// A passkey ceremony that is used up.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// Which.
    pub ceremony: String,
    /// When it expires and need not be remembered.
    pub until: Timestamp,
}

impl Account {
    /// The passkeys that may serve.
    pub(crate) fn sound_passkeys(&self) -> impl Iterator<Item = &StoredPasskey> {
        self.passkeys.iter().filter(|passkey| passkey.suspected_at.is_none())
    }

    /// The assurance that these authenticators can reach.
    pub(crate) fn strength(&self) -> u8 {
        match (self.sound_passkeys().next(), &self.password, &self.totp) {
            (Some(_), _, _) => 3,
            (None, Some(_), Some(_)) => 2,
            (None, Some(_), None) => 1,
            (None, None, _) if self.federated.is_empty() => 0,
            // What a provider proves is not known before it does.
            (None, None, _) => 1,
        }
    }

    /// Whether an authentication with these methods is as strong as the account allows. Otherwise one who has only
    /// the password could add a passkey of their own. A recovery code stands for what was lost, together with the
    /// password if there is one.
    pub(crate) fn is_as_strong_as_possible(&self, methods: MethodSet) -> bool {
        use sekisho_model::Method::{Password, RecoveryCode};
        let recovered = methods.contains(RecoveryCode) && (self.password.is_none() || methods.contains(Password));
        recovered || (methods.assurance() > 0 && methods.assurance() >= self.strength())
    }

    /// Since when an authenticator is what it is: set, added or replaced then. `None` for one that does not serve, or not any more.
    pub(crate) fn since(&self, id: &str) -> Option<Timestamp> {
        match id {
            "password" => self.password.as_ref().map(|kept| kept.set_at),
            "totp" => self.totp.as_ref().map(|app| app.added_at),
            "recovery-codes" => self.recovery.as_ref().map(|codes| codes.made_at),
            _ => {
                let passkey = self.sound_passkeys().find(|passkey| passkey.id == id).map(|passkey| passkey.added_at);
                passkey.or_else(|| self.federated.iter().find(|link| link.id == id).map(|link| link.added_at))
            }
        }
    }

    /// Whether there is such an authenticator, whether or not it serves.
    pub(crate) fn holds(&self, id: &str) -> bool {
        self.since(id).is_some() || self.passkeys.iter().any(|passkey| passkey.id == id)
    }

    /// Whether all of these authenticators, and at least one, were there at that time and are the same today.
    pub(crate) fn stood_at(&self, by: &[String], at: Timestamp) -> bool {
        !by.is_empty() && by.iter().all(|id| self.since(id).is_some_and(|since| since <= at))
    }

    /// Whether nobody can sign in with it.
    pub(crate) fn opens_nothing(&self) -> bool {
        self.strength() == 0
    }
}

/// Where an account is kept.
pub(crate) fn place(user: &UserId) -> String {
    format!("account/{user}")
}

/// Where the owner of a passkey is kept.
pub(crate) fn passkey_place(credential: &[u8]) -> String {
    format!("passkey/{}", random::digest_hex("credential-id", &hex::encode(credential)))
}

/// What a change of an account is, for the ledger.
pub(crate) struct What {
    /// Who does it.
    pub actor: Actor,
    /// What, as a stable code.
    pub act: &'static str,
    /// More, never a secret.
    pub detail: Value,
}

impl Inner {
    /// The user, if there is one.
    pub(crate) async fn user(&self, user: &UserId) -> Result<Option<User>, Failure> {
        let Some(document) = self.get(Kind::User, user.as_str()).await? else { return Ok(None) };
        serde_json::from_value(document.body).map(Some).map_err(|_| Failure::Unavailable("read the account"))
    }

    /// The user, if there is one and the account may be used.
    pub(crate) async fn active_user(&self, user: &UserId) -> Result<Option<User>, Failure> {
        Ok(self.user(user).await?.filter(|found| found.status == UserStatus::Active))
    }

    /// A user's authenticators, and what to expect when they are written back.
    pub(crate) async fn account(&self, user: &UserId) -> Result<(Account, Expected), Failure> {
        let Some(document) = self.get(Kind::Credential, &place(user)).await? else {
            return Ok((Account::default(), Expected::New));
        };
        let account = serde_json::from_value(document.body).map_err(|_| Failure::Unavailable("read the account"))?;
        Ok((account, Expected::Revision(document.revision)))
    }

    /// Changes a user's authenticators: `change` returns the answer and what else to write in the same transaction. The act is recorded
    /// before it is done. When something else changed the account meanwhile, `change` is asked again; when a one-time document was
    /// used up meanwhile, this fails with [`Failure::Expired`].
    pub(crate) async fn amend<T>(
        &self,
        user: &UserId,
        what: What,
        now: Timestamp,
        mut change: impl FnMut(&mut Account) -> Result<(T, Vec<Write>), Failure>,
    ) -> Result<T, Failure> {
        let begun = self.changes.begin(what.actor, what.act, format!("user/{user}")).detail(what.detail);
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                let (mut account, expected) = self.account(user).await?;
                let (answer, mut writes) = change(&mut account)?;
                writes.push(put(Kind::Credential, place(user), expected, &account)?);
                Ok(Built::new(answer, writes))
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }
}

/// A write of a document that identity alone reads.
pub(crate) fn put(kind: Kind, id: String, expected: Expected, body: &impl Serialize) -> Result<Write, Failure> {
    let body = serde_json::to_value(body).map_err(|_| Failure::Unavailable("write a document"))?;
    Ok(Write::Put { kind, id, expected, body })
}
