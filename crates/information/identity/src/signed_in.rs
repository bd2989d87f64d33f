//! What the steps of a sign-in hand on: [`SignedIn`] is the proof, and only this crate can make one.

use sekisho_model::{Method, MethodSet, Timestamp, UserId};
use serde_json::Value;

use crate::Secret;

/// Proof that a person has just authenticated. It is used up by opening or elevating one session.
#[derive(Debug)]
#[must_use = "a sign-in does nothing until it opens or elevates a session"]
pub struct SignedIn {
    user: UserId,
    methods: MethodSet,
    by: Vec<String>,
    at: Timestamp,
}

impl SignedIn {
    /// `by` names the authenticators that were used, as [`crate::Authenticator::id`] does.
    pub(crate) const fn new(user: UserId, methods: MethodSet, by: Vec<String>, at: Timestamp) -> Self {
        Self { user, methods, by, at }
    }

    /// By which authenticators.
    pub(crate) fn by(&self) -> &[String] {
        &self.by
    }

    /// Who authenticated.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// How.
    #[must_use]
    pub const fn methods(&self) -> MethodSet {
        self.methods
    }

    /// When.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// What a step of a sign-in came to.
#[derive(Debug)]
pub enum Progress {
    /// The sign-in is complete.
    SignedIn(SignedIn),
    /// One factor was right; one more is needed.
    Next(NextFactor),
}

/// One more factor is needed.
#[derive(Debug)]
pub struct NextFactor {
    /// The sign-in so far, sealed: the browser holds it and sends it back. It lives 5 minutes.
    pub state: String,
    /// What may complete it: [`Method::Totp`], [`Method::RecoveryCode`].
    pub accepts: Vec<Method>,
}

/// A WebAuthn ceremony that the browser has to carry out.
#[derive(Debug)]
pub struct Ceremony {
    /// The ceremony's state, sealed: the browser holds it and sends it back. It lives 5 minutes and works once.
    pub state: String,
    /// `CredentialCreationOptions` or `CredentialRequestOptions` as JSON: `{"publicKey": {…}}`, bytes as base64url.
    pub options: Value,
}

/// A new authenticator app, to be confirmed by its first code.
#[derive(Debug)]
pub struct TotpSetup {
    /// The setup's state, sealed: the browser holds it and sends it back.
    pub state: String,
    /// The shared secret in base32, for typing.
    pub secret: Secret,
    /// The `otpauth://` address, for a QR code.
    pub uri: Secret,
}
