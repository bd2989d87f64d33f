//! Sessions: stored as they are, shown as far as their user and device may be used.

use std::sync::Arc;

use sekisho_model::documents::{Kind, Renewals, Session};
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{SessionFacts, SessionId};
use serde_json::Value;

use super::people::may_sign_in;
use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;
use crate::renewals::Renewed;
use crate::view::{DeviceState, KeyPrefix};

/// A session as stored, with the key that its device proved.
#[derive(Debug, Clone)]
pub(super) struct StoredSession {
    facts: Arc<SessionFacts>,
    key: Option<KeyPrefix>,
    renewals: Arc<Renewals>,
}

impl WorldBuilder {
    pub(super) fn fold_session(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let Some(session) = SessionId::from_hex(id) else {
            let wrong = || unreadable(Kind::Session, id, "its identifier is not 32 hexadecimal digits".to_owned());
            return body.map_or(Ok(()), |_| Err(wrong()));
        };
        let stored = match body {
            Some(body) => Some(self.read_session(id, &read(Kind::Session, id, "id", body)?)?),
            None => None,
        };
        if let Some(old) = self.stored_sessions.remove(&session) {
            for entity in std::iter::once(old.facts.subject).chain(old.facts.device) {
                self.sessions_of.remove(&(entity, session));
            }
        }
        if let Some(stored) = stored {
            for entity in std::iter::once(stored.facts.subject).chain(stored.facts.device) {
                self.sessions_of.insert((entity, session));
            }
            self.stored_sessions.insert(session, stored);
        }
        self.show_session(session);
        Ok(())
    }

    fn read_session(&self, id: &str, session: &Session) -> Result<StoredSession, FoldProblem> {
        let wrong = || {
            unreadable(Kind::Session, id, "its `device_key` is not a SHA-256: write 64 hexadecimal digits".to_owned())
        };
        let key = session.device_key.as_deref().map(|hex| KeyPrefix::of(hex).ok_or_else(wrong)).transpose()?;
        let named = |kind, name: &str| self.name(kind, name, (Kind::Session, id));
        let facts = SessionFacts {
            id: session.id,
            subject: named(EntityType::User, session.user.as_str())?,
            device: session.device.as_ref().map(|device| named(EntityType::Device, device.as_str())).transpose()?,
            established_at: session.established_at,
            authenticated_at: session.authenticated_at,
            expires_at: session.expires_at,
            methods: session.methods,
            assurance_limit: None,
            rotation: session.rotation,
        };
        Ok(StoredSession { facts: Arc::new(facts), key, renewals: Arc::new(session.renewals.clone()) })
    }

    /// Shows again every session of a user or device that changed.
    pub(super) fn show_sessions_of(&mut self, entity: Handle) {
        let from = (entity, SessionId::from_bytes([0; 16]));
        let sessions: Vec<SessionId> =
            self.sessions_of.range(from..).take_while(|(of, _)| *of == entity).map(|(_, session)| *session).collect();
        for session in sessions {
            self.show_session(session);
        }
    }

    pub(super) fn show_session(&mut self, id: SessionId) {
        let stored = self.stored_sessions.get(&id);
        let stands = |session: &&StoredSession| {
            may_sign_in(self.view.facts.get(session.facts.subject)) && self.device_stands(session)
        };
        let shown = stored.filter(stands).map(|session| match self.assurance_limits.get(&id) {
            Some(limit) => {
                Arc::new(SessionFacts { assurance_limit: Some(*limit), ..SessionFacts::clone(&session.facts) })
            }
            None => Arc::clone(&session.facts),
        });
        let renewals = stored.map(|stored| &stored.renewals).filter(|renewals| !renewals.is_empty());
        let renewed = shown.as_ref().zip(renewals).and_then(|(facts, renewals)| Renewed::new(facts, renewals));
        if self.view.sessions.get(&id) == shown.as_ref() && self.view.renewed.get(&id) == renewed.as_ref() {
            return;
        }
        match renewed {
            Some(renewed) => drop(self.view.renewed.insert(id, renewed)),
            None => drop(self.view.renewed.remove(&id)),
        }
        match shown {
            Some(session) => drop(self.view.sessions.insert(id, session)),
            None => drop(self.view.sessions.remove(&id)),
        }
        self.changed.session(id);
    }

    /// Whether the device that proved its key in the session may be used, with that key. A session that no device did needs none;
    /// one that names a device and no key proved nothing.
    fn device_stands(&self, session: &StoredSession) -> bool {
        // INVARIANT I-5: a session without its device is not a lesser session but none: whoever holds the device holds it.
        let Some(device) = session.facts.device else { return true };
        let enrolled = self.view.devices.get(device.index()).and_then(DeviceState::key);
        enrolled.is_some() && enrolled == session.key
    }
}
