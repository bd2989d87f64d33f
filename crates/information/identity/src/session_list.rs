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
}

impl SessionList {
    /// Adds a session; the sessions that must end for it.
    pub(crate) fn add(&mut self, id: SessionId, expires_at: Timestamp, now: Timestamp) -> Vec<SessionId> {
        self.open.retain(|open| open.expires_at > now);
        self.open.push(Open { id, expires_at });
        let extra = self.open.len().saturating_sub(CAP);
        self.open.drain(..extra).map(|open| open.id).collect()
    }
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
