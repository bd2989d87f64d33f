//! The list of a user's sessions and devices, kept beside the sessions and changed in the same transaction, so that "all
//! of this user's" needs no search.

use serde::{Deserialize, Serialize};

use sekisho_capability::ChangeError;
use sekisho_model::documents::Kind;
use sekisho_model::{DeviceId, SessionId, Timestamp, UserId};
use sekisho_store::Expected;

use crate::Failure;
use crate::account::put;
use crate::identity::Inner;
use crate::sessions::read;

/// The sessions of a user, oldest first.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SessionList {
    /// The open sessions, oldest first.
    pub open: Vec<Open>,
    /// Sign-ins from before this time open no session.
    pub not_before: Option<Timestamp>,
    /// The devices that the user has come from, newest last.
    pub devices: Vec<DeviceId>,
}

/// A session in the list.
#[derive(Serialize, Deserialize)]
pub(crate) struct Open {
    /// Which.
    pub id: SessionId,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// By which authenticators it was proven.
    #[serde(default)]
    pub proofs: Proofs,
}

/// The authenticators that a session rests on.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Proofs {
    /// Every one by which it was opened or elevated. Empty in a session of a version that did not keep them.
    pub all: Vec<String>,
    /// Those of the last authentication.
    pub last: Vec<String>,
}

impl Proofs {
    /// The proofs of a session that these authenticators open.
    pub(crate) fn of(by: &[String]) -> Self {
        Self { all: by.to_vec(), last: by.to_vec() }
    }

    /// Takes another authentication in.
    pub(crate) fn add(&mut self, by: &[String]) {
        let new: Vec<String> = by.iter().filter(|id| !self.all.contains(id)).cloned().collect();
        self.all.extend(new);
        self.last = by.to_vec();
    }

    /// Whether a session rests on an authenticator. One of which nobody knows may.
    fn rest_on(&self, id: &str) -> bool {
        self.all.is_empty() || self.all.iter().any(|one| one == id)
    }
}

impl SessionList {
    /// Adds a session; the sessions that must end for it.
    pub(crate) fn add(&mut self, open: Open, now: Timestamp) -> Vec<SessionId> {
        self.open.retain(|open| open.expires_at > now);
        self.open.push(open);
        let extra = self.open.len().saturating_sub(CAP);
        self.open.drain(..extra).map(|open| open.id).collect()
    }

    /// Takes out the sessions that rest on an authenticator that is removed or replaced; which they are. The session in which that is
    /// done stays where its person has proven themselves by another one since, or replaces it; the next change needs a proof by what
    /// is left. Nobody goes on in a session that was last proven by what they remove.
    pub(crate) fn end_those_on(&mut self, authenticator: &str, acting: Option<SessionId>, how: Goes) -> Vec<SessionId> {
        let mut ended = Vec::new();
        self.open.retain_mut(|open| {
            let may_stay = how == Goes::Replaced || !open.proofs.last.iter().any(|one| one == authenticator);
            if Some(open.id) == acting && may_stay {
                open.proofs.all.retain(|one| one != authenticator);
                return true;
            }
            let stays = !open.proofs.rest_on(authenticator);
            if !stays {
                ended.push(open.id);
            }
            stays
        });
        ended
    }

    /// The proofs of an open session.
    pub(crate) fn proofs(&self, id: &SessionId) -> Option<&Proofs> {
        self.open.iter().find(|open| open.id == *id).map(|open| &open.proofs)
    }
}

/// How an authenticator goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goes {
    /// Another takes its place.
    Replaced,
    /// Nothing does.
    Removed,
}

/// How many sessions a user may have; the oldest ends when one more is opened. As many devices are remembered.
const CAP: usize = 32;
/// How often a device is remembered again after a conflict.
const ATTEMPTS: usize = 16;

impl Inner {
    /// A user's list, and what to expect when it is written back.
    pub(crate) async fn session_list(&self, user: &UserId) -> Result<(SessionList, Expected), Failure> {
        match self.get(Kind::Credential, &list_place(user)).await? {
            Some(document) => Ok((read(document.body)?, Expected::Revision(document.revision))),
            None => Ok((SessionList::default(), Expected::New)),
        }
    }

    /// Remembers that a user came from a device; whether it was the first time.
    pub(crate) async fn remember_device(
        &self,
        user: &UserId,
        device: &DeviceId,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        for _ in 0..ATTEMPTS {
            let (mut list, expected) = self.session_list(user).await?;
            if list.devices.contains(device) {
                return Ok(false);
            }
            list.devices.push(device.clone());
            let extra = list.devices.len().saturating_sub(CAP);
            list.devices.drain(..extra);
            match self.changes.maintain(vec![put(Kind::Credential, list_place(user), expected, &list)?], now).await {
                Ok(_) => return Ok(true),
                Err(ChangeError::Conflict { .. }) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(Failure::Conflict)
    }
}

/// Where the list is kept.
pub(crate) fn list_place(user: &UserId) -> String {
    format!("sessions/{user}")
}
