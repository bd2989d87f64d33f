//! What a user does with their own authenticators: list, set, add, rename, remove.

use serde::{Deserialize, Serialize};
use serde_json::json;

use sekisho_capability::Built;
use sekisho_model::documents::Kind;
use sekisho_model::{Method, MethodSet, SessionId, Timestamp, UserId};
use sekisho_store::{Expected, Write};

use crate::account::{Account, passkey_place, place, put};
use crate::identity::Inner;
use crate::recovery::RecoveryCodes;
use crate::right::Granted;
use crate::sealed::LIFETIME;
use crate::session_list::{Goes, list_place};
use crate::sessions::delete;
use crate::tokens::revoked;
use crate::totp::Totp;
use crate::{
    Authenticator, Enrolled, Failure, Identity, Right, Secret, SignedIn, TotpSetup, federated_link, password_rules,
    random,
};

impl Identity {
    /// A user's authenticators.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn authenticators(&self, user: &UserId) -> Result<Vec<Authenticator>, Failure> {
        let (account, _) = self.0.account(user).await?;
        Ok(account.list())
    }

    /// Sets or replaces the password.
    ///
    /// # Errors
    /// [`Failure::PasswordRefused`] says which rule it breaks; [`Failure::AuthenticateAgain`].
    pub async fn set_password(&self, right: Right<'_>, password: &Secret, now: Timestamp) -> Result<Enrolled, Failure> {
        let inner = &self.0;
        let granted = inner.granted(right, now).await?;
        password_rules::check(password, &granted.user)?;
        let stored = inner.hashing.make(password.clone(), now).await?;
        let set = |account: &mut Account| {
            account.password = Some(stored.clone());
            Ok(Vec::new())
        };
        inner.change(&granted, Changed::added("password"), now, set).await?;
        Ok(enrolled("password".to_owned(), &granted, Method::Password, now))
    }

    /// Starts adding an authenticator app. Only in a session: an app alone signs nobody in.
    ///
    /// # Errors
    /// [`Failure::AuthenticateAgain`].
    pub async fn begin_totp(&self, session: &SessionId, now: Timestamp) -> Result<TotpSetup, Failure> {
        let inner = &self.0;
        let granted = inner.granted_by_session(session, now).await?;
        granted.check(&inner.account(&granted.user).await?.0)?;
        inner.allow_one_time(&granted.bound_to, now).await?;
        let app = Totp::make(now)?;
        let state = random::token()?.expose().to_owned();
        let (secret, uri) = (app.secret(), app.uri(&inner.issuer, granted.user.as_str()));
        let setup = Setup { bound_to: granted.bound_to, until: now.plus(LIFETIME), app };
        inner.changes.maintain(vec![put(Kind::OneTime, setup_place(&state), Expected::New, &setup)?], now).await?;
        Ok(TotpSetup { state, secret, uri })
    }

    /// The same setup again, while it goes on: its page is shown again after a wrong code or in another language.
    ///
    /// # Errors
    /// [`Failure::Expired`] when it is not this session's or has ended.
    pub async fn totp_setup(&self, session: &SessionId, state: &str, now: Timestamp) -> Result<TotpSetup, Failure> {
        let inner = &self.0;
        let granted = inner.granted_by_session(session, now).await?;
        let app = inner.setup(&granted.bound_to, state, now).await?.0;
        let (secret, uri) = (app.secret(), app.uri(&inner.issuer, granted.user.as_str()));
        Ok(TotpSetup { state: state.to_owned(), secret, uri })
    }

    /// Completes it with the app's first code; an older app stops working.
    ///
    /// # Errors
    /// [`Failure::CodeRefused`] when the code is wrong: the setup goes on; [`Failure::Expired`].
    pub async fn finish_totp(
        &self,
        session: &SessionId,
        state: &str,
        code: &Secret,
        now: Timestamp,
    ) -> Result<Enrolled, Failure> {
        let inner = &self.0;
        let granted = inner.granted_by_session(session, now).await?;
        let (mut app, used_up) = inner.setup(&granted.bound_to, state, now).await?;
        if !app.take(code, now) {
            return Err(Failure::CodeRefused);
        }
        let add = |account: &mut Account| {
            account.totp = Some(app.clone().after(account.totp.as_ref()));
            Ok(vec![used_up.clone()])
        };
        inner.change(&granted, Changed::added("totp"), now, add).await?;
        Ok(enrolled("totp".to_owned(), &granted, Method::Totp, now))
    }

    /// Makes ten new recovery codes; older ones stop working. Shown once.
    ///
    /// # Errors
    /// [`Failure::AuthenticateAgain`].
    pub async fn new_recovery_codes(&self, session: &SessionId, now: Timestamp) -> Result<Vec<Secret>, Failure> {
        let granted = self.0.granted_by_session(session, now).await?;
        let (kept, codes) = RecoveryCodes::make(now)?;
        let add = |account: &mut Account| {
            account.recovery = Some(kept.clone());
            Ok(Vec::new())
        };
        self.0.change(&granted, Changed::added("recovery-codes"), now, add).await?;
        Ok(codes)
    }

    /// Renames a passkey.
    ///
    /// # Errors
    /// [`Failure::NameRefused`]; [`Failure::NotFound`]; [`Failure::AuthenticateAgain`].
    pub async fn rename(&self, session: &SessionId, id: &str, name: &str, now: Timestamp) -> Result<(), Failure> {
        let granted = self.0.granted_by_session(session, now).await?;
        let name = checked_name(name)?;
        let rename = |account: &mut Account| {
            let passkey = account.passkeys.iter_mut().find(|passkey| passkey.id == id);
            passkey.ok_or(Failure::NotFound("authenticator"))?.name.clone_from(&name);
            Ok(Vec::new())
        };
        let renamed = Changed { act: "authenticator-renamed", id, stays: true };
        self.0.change(&granted, renamed, now, rename).await.map(drop)
    }

    /// Removes an authenticator; whether the session goes on, which it does where its person was last proven by another one.
    ///
    /// # Errors
    /// [`Failure::LastAuthenticator`] when nobody could sign in afterwards; [`Failure::NotFound`];
    /// [`Failure::AuthenticateAgain`].
    pub async fn remove(&self, session: &SessionId, id: &str, now: Timestamp) -> Result<bool, Failure> {
        let granted = self.0.granted_by_session(session, now).await?;
        let remove = |account: &mut Account| {
            let writes = account.remove(id)?;
            if account.opens_nothing() { Err(Failure::LastAuthenticator) } else { Ok(writes) }
        };
        let removed = Changed { act: "authenticator-removed", id, stays: false };
        self.0.change(&granted, removed, now, remove).await
    }
}

/// An authenticator app that is being added.
#[derive(Serialize, Deserialize)]
struct Setup {
    bound_to: String,
    until: Timestamp,
    app: Totp,
}

fn setup_place(state: &str) -> String {
    format!("totp/{}", random::digest_hex("totp-setup", state))
}

/// The name for an authenticator, without white space around it.
pub(crate) fn checked_name(name: &str) -> Result<String, Failure> {
    let name = name.trim();
    let good = !name.is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control);
    if good { Ok(name.to_owned()) } else { Err(Failure::NameRefused) }
}

/// What adding an authenticator gives: under a link, its holder has now authenticated by it.
pub(crate) fn enrolled(id: String, granted: &Granted, method: Method, now: Timestamp) -> Enrolled {
    let methods = MethodSet::EMPTY.with(method);
    let signed_in = granted.is_link().then(|| SignedIn::new(granted.user.clone(), methods, vec![id.clone()], now));
    Enrolled { id, signed_in }
}

impl Inner {
    /// A setup of an authenticator app that goes on, and what uses it up.
    async fn setup(&self, bound_to: &str, state: &str, now: Timestamp) -> Result<(Totp, Write), Failure> {
        let id = setup_place(state);
        let document = self.get(Kind::OneTime, &id).await?.ok_or(Failure::Expired)?;
        let setup: Setup = serde_json::from_value(document.body).map_err(|_| Failure::Expired)?;
        if setup.bound_to != bound_to || now >= setup.until {
            return Err(Failure::Expired);
        }
        let expected = Expected::Revision(document.revision);
        Ok((setup.app, Write::Delete { kind: Kind::OneTime, id, expected }))
    }

    /// Changes one authenticator under a right. The same transaction uses up the link of the right.
    ///
    /// Unless `stays`, the change removes or replaces an existing authenticator. The same transaction then ends the sessions that it
    /// opened and revokes the API tokens that were made with it. Returns whether the session that makes the change goes on.
    pub(crate) async fn change(
        &self,
        granted: &Granted,
        Changed { act, id, stays }: Changed<'_>,
        now: Timestamp,
        mut change: impl FnMut(&mut Account) -> Result<Vec<Write>, Failure>,
    ) -> Result<bool, Failure> {
        let user = &granted.user;
        let before = self.account(user).await?.0.listed(id).filter(|_| !stays);
        let begun = self.changes.begin(granted.actor(), act, format!("user/{user}"));
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                let (mut account, expected) = self.account(user).await?;
                granted.check(&account)?;
                let gone = account.listed(id).filter(|_| !stays);
                let mut writes = change(&mut account)?;
                writes.push(put(Kind::Credential, place(user), expected, &account)?);
                writes.extend(granted.uses_up.clone());
                let (mut ended, mut tokens) = (Vec::new(), Vec::new());
                if let Some(gone) = &gone {
                    let how = if account.holds(id) { Goes::Replaced } else { Goes::Removed };
                    let (mut list, expected) = self.session_list(user).await?;
                    ended = list.end_those_on(id, granted.session(), how);
                    tokens = self.tokens_made_by(user, gone).await?;
                    writes.extend(tokens.iter().flat_map(revoked));
                    writes.extend(ended.iter().map(delete));
                    // Written also where none ends: a session that is being opened by it at this moment is thereby refused.
                    writes.push(put(Kind::Credential, list_place(user), expected, &list)?);
                }
                let detail = json!({ "authenticator": id, "by_link": granted.is_link(), "sessions_ended": ended,
                    "tokens_revoked": tokens });
                let goes_on = granted.session().is_none_or(|session| !ended.contains(&session));
                Ok(Built { answer: goes_on, detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                if let Some(gone) = before.filter(|_| outcome.is_ok()) {
                    self.revoke_late(granted, &gone, now).await?;
                }
                return outcome;
            }
        }
    }
}

/// A change of one authenticator.
#[derive(Clone, Copy)]
pub(crate) struct Changed<'a> {
    /// What it is, as a stable code.
    pub act: &'static str,
    /// Which authenticator.
    pub id: &'a str,
    /// Whether it proves the same afterwards.
    pub stays: bool,
}

impl<'a> Changed<'a> {
    /// One is added, in place of the same one if there is one.
    pub(crate) const fn added(id: &'a str) -> Self {
        Self { act: "authenticator-added", id, stays: false }
    }
}

impl Account {
    /// One of them.
    fn listed(&self, id: &str) -> Option<Authenticator> {
        self.list().into_iter().find(|one| one.id == id)
    }

    pub(crate) fn list(&self) -> Vec<Authenticator> {
        let single = |id: &str, method, added_at, last_used_at, left| Authenticator {
            id: id.to_owned(),
            method,
            name: String::new(),
            added_at,
            last_used_at,
            synced: false,
            left,
            suspected_at: None,
        };
        let passkeys = self.passkeys.iter().map(|passkey| Authenticator {
            id: passkey.id.clone(),
            method: Method::Passkey,
            name: passkey.name.clone(),
            added_at: passkey.added_at,
            last_used_at: passkey.last_used_at,
            synced: passkey.synced,
            left: None,
            suspected_at: passkey.suspected_at,
        });
        let password = self
            .password
            .as_ref()
            .map(|kept| single("password", Method::Password, kept.set_at, kept.last_used_at, None));
        let totp = self.totp.as_ref().map(|app| single("totp", Method::Totp, app.added_at, app.last_used_at, None));
        let recovery = self.recovery.as_ref().map(|codes| {
            single("recovery-codes", Method::RecoveryCode, codes.made_at, codes.last_used_at, Some(codes.left()))
        });
        let federated = self.federated.iter().map(|link| Authenticator {
            name: link.subject.provider.to_string(),
            ..single(&link.id, Method::Federated, link.added_at, link.last_used_at, None)
        });
        passkeys.chain(password).chain(totp).chain(recovery).chain(federated).collect()
    }

    /// Removes an authenticator and says what else must go with it.
    fn remove(&mut self, id: &str) -> Result<Vec<Write>, Failure> {
        let missing = Failure::NotFound("authenticator");
        match id {
            "password" => self.password.take().map(|_| Vec::new()).ok_or(missing),
            "totp" => self.totp.take().map(|_| Vec::new()).ok_or(missing),
            "recovery-codes" => self.recovery.take().map(|_| Vec::new()).ok_or(missing),
            _ if self.federated.iter().any(|link| link.id == id) => {
                federated_link::removed(&mut self.federated, id).map(|gone| vec![gone]).ok_or(missing)
            }
            _ => {
                let at = self.passkeys.iter().position(|passkey| passkey.id == id).ok_or(missing)?;
                let gone = self.passkeys.remove(at);
                let id = passkey_place(gone.key.cred_id());
                Ok(vec![Write::Delete { kind: Kind::Credential, id, expected: Expected::Any }])
            }
        }
    }
}
