//! Authenticators as their owner and administrators see them: no secrets.

use sekisho_model::{Method, Timestamp, UserId};
use serde::Serialize;

use crate::{Secret, SignedIn};

/// One way in which a user can authenticate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authenticator {
    /// Its identifier among the user's authenticators: `password`, `totp`, `recovery-codes`, `passkey-…`.
    pub id: String,
    /// What it is.
    pub method: Method,
    /// The name its owner gave it; empty for those there is only one of.
    pub name: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it last served to authenticate.
    pub last_used_at: Option<Timestamp>,
    /// Whether a passkey is known to be copied to other devices of its owner by its provider.
    pub synced: bool,
    /// How many recovery codes are left; absent for other methods.
    pub left: Option<usize>,
    /// When a copy of the passkey was suspected (its counter went back); such a passkey no longer works.
    pub suspected_at: Option<Timestamp>,
}

/// A link with which a person enrols a first authenticator.
#[derive(Debug)]
pub struct EnrolmentLink {
    /// Whose account it opens.
    pub user: UserId,
    /// The token; the link is `https://<portal>/enrol/<token>`.
    pub token: Secret,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// How it stands with the first administrator.
#[derive(Debug)]
pub enum FirstAdministrator {
    /// Nobody has an authenticator: this link enrols the first one.
    Invited {
        /// The link.
        link: EnrolmentLink,
        /// Whether an older one stopped working for it.
        replaces: bool,
    },
    /// Nobody has an authenticator, and another process on the same store has made the link at this moment. It is good.
    InvitedElsewhere,
    /// Somebody has an authenticator.
    Present,
}

/// What an enrolment page may show before anything is enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Whose account it is.
    pub user: UserId,
    /// The person's display name.
    pub name: String,
    /// When the link stops working.
    pub expires_at: Timestamp,
}

/// Under what right an authenticator is added.
#[derive(Debug, Clone, Copy)]
pub enum Right<'a> {
    /// A session, freshly authenticated (at most 5 minutes ago) as strongly as the account allows.
    Session(&'a sekisho_model::SessionId),
    /// An enrolment link's token; it is used up by the first authenticator.
    Link(&'a str),
}

/// An authenticator was added.
#[derive(Debug)]
pub struct Enrolled {
    /// Its identifier.
    pub id: String,
    /// With a link: the person has authenticated by it and can be given a session.
    pub signed_in: Option<SignedIn>,
}
