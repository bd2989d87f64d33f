//! Sessions: stored as they are, shown as far as their user and device may be used.

use std::sync::Arc;

use sekisho_model::documents::{Kind, Session};
use sekisho_model::facts::{EntityType, Handle};
use sekisho_model::{SessionFacts, SessionId};
use serde_json::Value;

use super::people::may_sign_in;
use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;
use crate::view::DeviceState;

impl WorldBuilder {
    pub(super) fn fold_session(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let Some(session) = SessionId::from_hex(id) else {
            let wrong = || unreadable(Kind::Session, id, "its identifier is not 32 hexadecimal digits".to_owned());
            return body.map_or(Ok(()), |_| Err(wrong()));
        };
        let facts = match body {
            Some(body) => Some(self.session_facts(id, &read(Kind::Session, id, "id", body)?)?),
            None => None,
        };
        if let Some(old) = self.stored_sessions.remove(&session) {
            for entity in std::iter::once(old.subject).chain(old.device) {
                self.sessions_of.remove(&(entity, session));
            }
        }
        if let Some(facts) = facts {
            for entity in std::iter::once(facts.subject).chain(facts.device) {
                self.sessions_of.insert((entity, session));
            }
            self.stored_sessions.insert(session, Arc::new(facts));
        }
        self.show_session(session);
        Ok(())
    }

    fn session_facts(&self, id: &str, session: &Session) -> Result<SessionFacts, FoldProblem> {
        let named = |kind, name: &str| self.name(kind, name, (Kind::Session, id));
        Ok(SessionFacts {
            id: session.id,
            subject: named(EntityType::User, session.user.as_str())?,
            device: session.device.as_ref().map(|device| named(EntityType::Device, device.as_str())).transpose()?,
            established_at: session.established_at,
            authenticated_at: session.authenticated_at,
            expires_at: session.expires_at,
            methods: session.methods,
            rotation: session.rotation,
        })
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

    fn show_session(&mut self, id: SessionId) {
        let stored = self.stored_sessions.get(&id);
        let shown = stored.filter(|session| may_sign_in(self.view.facts.get(session.subject))).map(|session| {
            match session.device.filter(|device| !self.is_usable(*device)) {
                Some(_) => Arc::new(SessionFacts { device: None, ..SessionFacts::clone(session) }),
                None => Arc::clone(session),
            }
        });
        if self.view.sessions.get(&id) == shown.as_ref() {
            return;
        }
        match shown {
            Some(session) => drop(self.view.sessions.insert(id, session)),
            None => drop(self.view.sessions.remove(&id)),
        }
        self.changed.session(id);
    }

    fn is_usable(&self, device: Handle) -> bool {
        self.view.devices.get(device.index()).is_some_and(DeviceState::is_usable)
    }
}
