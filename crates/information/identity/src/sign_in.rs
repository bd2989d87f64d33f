//! Sign-in with what a person knows or copies: password, code of the authenticator app, recovery code.
//!
//! Every path does the same work and gives the same answer whether the account exists, may be used, or neither.

use serde_json::json;

use sekisho_model::{Actor, Method, MethodSet, Timestamp, UserId};

use crate::account::{Account, What};
use crate::claimant::Claimant;
use crate::identity::Inner;
use crate::password::StoredPassword;
use crate::recovery::RecoveryCodes;
use crate::sealed::State;
use crate::throttle::{Begun, Ticket};
use crate::{Failure, Identity, NextFactor, Origin, Progress, Secret, SignedIn, signals};

impl Identity {
    /// First step with user name and password.
    ///
    /// # Errors
    /// [`Failure::WrongCredentials`] whatever is wrong; [`Failure::TooManyAttempts`]; [`Failure::Busy`].
    pub async fn password(
        &self,
        user: &str,
        password: &Secret,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<Progress, Failure> {
        let inner = &self.0;
        let claimant = inner.claimant(user, from.into()).await?;
        let begun = inner.throttling.begin(claimant.attempt, now).await?;
        // INVARIANT I-14: where there is no password, a stand-in is hashed with the same cost.
        let stored = claimant.account.password.clone().unwrap_or_else(StoredPassword::nothing);
        let set_at = stored.set_at;
        let matches = match inner.hashing.matches(stored, bounded(password)).await {
            Ok(matches) => matches,
            Err(failure) => {
                inner.throttling.undo(begun.ticket).await?;
                return Err(failure);
            }
        };
        let why = match (&claimant.user, matches, claimant.active()) {
            (None, _, _) => "no-account",
            (Some(_), _, None) => "account-disabled",
            (Some(_), false, _) => "wrong-password",
            (Some(_), true, Some(user)) => {
                return inner.after_password(user.clone(), &claimant, begun.ticket, set_at, now).await;
            }
        };
        Err(inner.failed(&claimant, Method::Password, why, begun.before, now).await)
    }

    /// Second step with a code of the authenticator app.
    ///
    /// # Errors
    /// [`Failure::WrongCredentials`] when the code is wrong or was used; [`Failure::Expired`];
    /// [`Failure::TooManyAttempts`].
    pub async fn totp(
        &self,
        state: &str,
        code: &Secret,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let prove = |account: &mut Account| account.totp.as_mut().is_some_and(|app| app.take(code, now));
        self.0.second_factor(state, Method::Totp, prove, from.into(), now).await
    }

    /// Second step with a recovery code in place of the authenticator app.
    ///
    /// # Errors
    /// [`Failure::WrongCredentials`] when the code is wrong or was used; [`Failure::Expired`];
    /// [`Failure::TooManyAttempts`].
    pub async fn recovery_code(
        &self,
        state: &str,
        code: &Secret,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let prove = |account: &mut Account| take_recovery_code(account, code, now);
        self.0.second_factor(state, Method::RecoveryCode, prove, from.into(), now).await
    }

    /// Only step for one who has lost everything but the recovery codes: user name and recovery code (assurance 1).
    ///
    /// # Errors
    /// [`Failure::WrongCredentials`] whatever is wrong; [`Failure::TooManyAttempts`].
    pub async fn recover(
        &self,
        user: &str,
        code: &Secret,
        from: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let claimant = self.0.claimant(user, from.into()).await?;
        let prove = |account: &mut Account| take_recovery_code(account, code, now);
        self.0
            .last_factor(claimant, MethodSet::EMPTY.with(Method::RecoveryCode), Method::RecoveryCode, prove, now)
            .await
    }
}

impl Inner {
    /// The password was right: done, unless the account has an authenticator app.
    async fn after_password(
        &self,
        user: UserId,
        claimant: &Claimant,
        ticket: Ticket,
        set_at: Timestamp,
        now: Timestamp,
    ) -> Result<Progress, Failure> {
        if claimant.account.totp.is_some() {
            self.throttling.undo(ticket).await?;
            let detail = json!({ "method": Method::Password, "address": claimant.address.to_string() });
            self.record(Actor::System, "first-factor", format!("user/{user}"), detail, now).await?;
            let state = self.seal(State::SecondFactor { user, password_set_at: set_at, known: claimant.known }, now)?;
            return Ok(Progress::Next(NextFactor { state, accepts: vec![Method::Totp, Method::RecoveryCode] }));
        }
        let methods = MethodSet::EMPTY.with(Method::Password);
        let what = What { actor: Actor::User(user.to_string()), act: "sign-in", detail: claimant.detail(methods) };
        let changed = |account: &mut Account| {
            // Between the look and the write the password may have been changed, or an app added.
            let password = account.password.as_mut().filter(|kept| kept.set_at == set_at);
            let password = password.filter(|_| account.totp.is_none()).ok_or(Failure::Conflict)?;
            password.last_used_at = Some(now);
            account.remember(&claimant.familiar);
            Ok(((), Vec::new()))
        };
        self.amend(&user, what, now, changed).await?;
        self.throttling.succeeded(ticket).await?;
        Ok(Progress::SignedIn(SignedIn::new(user, methods, used(methods), now)))
    }

    /// The step after a right password.
    async fn second_factor(
        &self,
        state: &str,
        method: Method,
        prove: impl FnMut(&mut Account) -> bool,
        from: Origin,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let (State::SecondFactor { user, password_set_at, known }, _) = self.open(state, now)? else {
            return Err(Failure::Expired);
        };
        let claimant = self.claimant(user.as_str(), Origin { known, ..from }).await?;
        if claimant.account.password.as_ref().is_none_or(|kept| kept.set_at != password_set_at) {
            return Err(Failure::Expired);
        }
        let methods = MethodSet::EMPTY.with(Method::Password).with(method);
        self.last_factor(claimant, methods, method, prove, now).await
    }

    /// The last step: a factor that changes the account as it is used, for it is good only once.
    async fn last_factor(
        &self,
        claimant: Claimant,
        methods: MethodSet,
        method: Method,
        mut prove: impl FnMut(&mut Account) -> bool,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let Begun { before, ticket } = self.throttling.begin(claimant.attempt, now).await?;
        let proven = prove(&mut claimant.account.clone());
        let user = match claimant.active() {
            Some(user) if proven => user.clone(),
            Some(_) => return Err(self.failed(&claimant, method, "wrong-code", before, now).await),
            None => return Err(self.failed(&claimant, method, "no-account-or-disabled", before, now).await),
        };
        let what = What { actor: Actor::User(user.to_string()), act: "sign-in", detail: claimant.detail(methods) };
        let changed = |account: &mut Account| {
            // Asked again on what is written: of two at once with one code, one finds it used.
            if !prove(account) {
                return Err(Failure::WrongCredentials);
            }
            if let Some(password) = account.password.as_mut().filter(|_| methods.contains(Method::Password)) {
                password.last_used_at = Some(now);
            }
            account.remember(&claimant.familiar);
            Ok(((), Vec::new()))
        };
        if let Err(failure) = self.amend(&user, what, now, changed).await {
            return Err(match failure {
                Failure::WrongCredentials => self.failed(&claimant, method, "used-code", before, now).await,
                other => other,
            });
        }
        if method == Method::RecoveryCode {
            signals::raise(&self.changes, signals::recovery_code_used(&user, now)?).await?;
        }
        self.throttling.succeeded(ticket).await?;
        Ok(SignedIn::new(user, methods, used(methods), now))
    }
}

/// The authenticators that there is one of, by the methods that were used.
fn used(methods: MethodSet) -> Vec<String> {
    let named = [(Method::Password, "password"), (Method::Totp, "totp"), (Method::RecoveryCode, "recovery-codes")];
    named.into_iter().filter(|(method, _)| methods.contains(*method)).map(|(_, id)| id.to_owned()).collect()
}

/// Uses a recovery code up; the same work where there are none.
fn take_recovery_code(account: &mut Account, code: &Secret, now: Timestamp) -> bool {
    match &mut account.recovery {
        Some(codes) => codes.take(code, now),
        None => RecoveryCodes::nothing().take(code, now),
    }
}

/// A password that is too long to be one is hashed as an empty one: it is wrong, and costs no more than another.
fn bounded(password: &Secret) -> Secret {
    if password.expose().len() > 4096 { Secret::default() } else { password.clone() }
}
