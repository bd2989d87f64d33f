//! The handle to everything identity does.

use std::net::IpAddr;

use sekisho_ledger::Ledger;
use sekisho_model::documents::{Session, SessionEnd, User};
use sekisho_model::{Actor, DeviceId, GroupId, Host, SessionId, Timestamp, UserId};
use sekisho_store::Store;
use serde_json::Value;

use crate::{
    Authenticator, Ceremony, Enrolled, EnrolmentLink, Failure, Invitation, Progress, Right, Secret, SignedIn, TotpSetup,
};

/// What identity must be told of the installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The portal's host: the WebAuthn relying party id.
    pub portal: Host,
    /// The port that browsers see: part of the one origin that passkeys are accepted from.
    pub port: u16,
    /// The name that authenticators show for this installation.
    pub name: String,
}

/// Accounts, authenticators, sign-in and sessions. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct Identity {
    store: Store,
    ledger: Ledger,
    settings: Settings,
}

const STUB: Failure = Failure::Unavailable("do this");

#[expect(clippy::unused_async, unused_variables, reason = "signatures first")]
impl Identity {
    /// Opens identity over a store and a ledger. Call it inside a tokio runtime.
    pub async fn open(store: Store, ledger: Ledger, settings: Settings, now: Timestamp) -> Result<Self, Failure> {
        Ok(Self { store, ledger, settings })
    }

    // Accounts

    /// The account with that name, whatever its status.
    pub async fn user(&self, user: &UserId) -> Result<Option<User>, Failure> {
        Err(STUB)
    }

    /// When nobody has any authenticator: makes the account and the group if they do not exist, and a link to enrol
    /// its first authenticator (24 hours). `None` once anybody has an authenticator.
    pub async fn first_administrator(
        &self,
        user: &UserId,
        group: &GroupId,
        now: Timestamp,
    ) -> Result<Option<EnrolmentLink>, Failure> {
        Err(STUB)
    }

    /// A new enrolment link for a user (24 hours). An older link of the same user stops working.
    pub async fn enrolment_link(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<EnrolmentLink, Failure> {
        Err(STUB)
    }

    /// Deletes all authenticators of a user, ends all sessions and makes a new enrolment link.
    pub async fn reset(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<EnrolmentLink, Failure> {
        Err(STUB)
    }

    /// Deletes all authenticators and sessions of a user whose account was removed, so that an account made later
    /// under the same name inherits nothing.
    pub async fn forget(&self, user: &UserId, actor: Actor, now: Timestamp) -> Result<(), Failure> {
        Err(STUB)
    }

    // Sign-in

    /// First step with user name and password.
    pub async fn password(
        &self,
        user: &str,
        password: &Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Progress, Failure> {
        Err(STUB)
    }

    /// Second step with a code of the authenticator app.
    pub async fn totp(&self, state: &str, code: &Secret, address: IpAddr, now: Timestamp) -> Result<SignedIn, Failure> {
        Err(STUB)
    }

    /// Second step with a recovery code in place of the authenticator app.
    pub async fn recovery_code(
        &self,
        state: &str,
        code: &Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        Err(STUB)
    }

    /// Only step for one who has lost everything but the recovery codes: user name and recovery code (assurance 1).
    pub async fn recover(
        &self,
        user: &str,
        code: &Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        Err(STUB)
    }

    /// Starts a passkey sign-in: of that user, or of whoever the authenticator knows.
    pub async fn begin_passkey(
        &self,
        user: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Ceremony, Failure> {
        Err(STUB)
    }

    /// Completes a passkey sign-in with the browser's answer (`PublicKeyCredential` as JSON).
    pub async fn finish_passkey(
        &self,
        state: &str,
        response: &Value,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        Err(STUB)
    }

    // Authenticators

    /// A user's authenticators.
    pub async fn authenticators(&self, user: &UserId) -> Result<Vec<Authenticator>, Failure> {
        Err(STUB)
    }

    /// What an enrolment page shows. Does not use the link up.
    pub async fn invitation(&self, token: &str, now: Timestamp) -> Result<Invitation, Failure> {
        Err(STUB)
    }

    /// Sets or replaces the password.
    pub async fn set_password(&self, right: Right<'_>, password: &Secret, now: Timestamp) -> Result<Enrolled, Failure> {
        Err(STUB)
    }

    /// Starts the registration of a passkey.
    pub async fn begin_registration(&self, right: Right<'_>, now: Timestamp) -> Result<Ceremony, Failure> {
        Err(STUB)
    }

    /// Completes the registration of a passkey under the same right.
    pub async fn finish_registration(
        &self,
        right: Right<'_>,
        state: &str,
        response: &Value,
        name: &str,
        now: Timestamp,
    ) -> Result<Enrolled, Failure> {
        Err(STUB)
    }

    /// Starts adding an authenticator app. Only in a session: an app alone signs nobody in.
    pub async fn begin_totp(&self, session: &SessionId, now: Timestamp) -> Result<TotpSetup, Failure> {
        Err(STUB)
    }

    /// Completes it with the app's first code; an older app stops working.
    pub async fn finish_totp(
        &self,
        session: &SessionId,
        state: &str,
        code: &Secret,
        now: Timestamp,
    ) -> Result<Enrolled, Failure> {
        Err(STUB)
    }

    /// Makes ten new recovery codes; older ones stop working. Shown once.
    pub async fn new_recovery_codes(&self, session: &SessionId, now: Timestamp) -> Result<Vec<Secret>, Failure> {
        Err(STUB)
    }

    /// Renames a passkey.
    pub async fn rename(&self, session: &SessionId, id: &str, name: &str, now: Timestamp) -> Result<(), Failure> {
        Err(STUB)
    }

    /// Removes an authenticator. Needs a fresh session as strong as the account allows.
    pub async fn remove(&self, session: &SessionId, id: &str, now: Timestamp) -> Result<(), Failure> {
        Err(STUB)
    }

    // Sessions

    /// Opens a session.
    pub async fn establish(
        &self,
        signed_in: SignedIn,
        address: IpAddr,
        user_agent: &str,
        now: Timestamp,
    ) -> Result<Session, Failure> {
        Err(STUB)
    }

    /// Takes a re-authentication of the same user into a session: newer, at least as strong, under a new rotation.
    pub async fn elevate(&self, session: &SessionId, signed_in: SignedIn, now: Timestamp) -> Result<Session, Failure> {
        Err(STUB)
    }

    /// Notes the device that proved its key in the session.
    pub async fn bind_device(
        &self,
        session: &SessionId,
        device: &DeviceId,
        now: Timestamp,
    ) -> Result<Session, Failure> {
        Err(STUB)
    }

    /// Ends a session; `false` when it had ended already.
    pub async fn end(
        &self,
        session: &SessionId,
        why: SessionEnd,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        Err(STUB)
    }

    /// Ends all sessions of a user, and every sign-in under way; the number of sessions.
    pub async fn end_all(
        &self,
        user: &UserId,
        why: SessionEnd,
        actor: Actor,
        now: Timestamp,
    ) -> Result<usize, Failure> {
        Err(STUB)
    }

    /// A user's live sessions, newest first.
    pub async fn sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, Failure> {
        Err(STUB)
    }

    // Signals

    /// Raises the risk of a user for a day because they came from a device for the first time. Call it at the first
    /// binding of that device.
    pub async fn raise_new_device(&self, user: &UserId, device: &DeviceId, now: Timestamp) -> Result<(), Failure> {
        Err(STUB)
    }
}
