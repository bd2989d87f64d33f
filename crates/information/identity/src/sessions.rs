//! Sessions: opened and elevated by a proof of sign-in, bound to a device, ended.
//!
//! Each user's list of sessions also says since when sign-ins count: one from before everything was ended opens nothing.

use std::net::IpAddr;

use serde_json::{Value, json};

use sekisho_capability::{Built, ChangeError};
use sekisho_model::documents::{self, Device, FormerProof, Kind, Renewals, Session, SessionEnd};
use sekisho_model::{Actor, DeviceId, PresentedDevice, ResourceId, SessionId, Timestamp, UserId, is_live, is_shown};
use sekisho_store::{Expected, Write};

use crate::account::put;
use crate::failure::unavailable;
use crate::identity::Inner;
use crate::sealed::LIFETIME;
use crate::session_list::{Open, Proofs, SessionList, list_place};
use crate::{Failure, Identity, SignedIn, random, signals};

/// How often the renewal of a session's cookie is noted again after a conflict.
const ATTEMPTS: usize = 16;

impl Identity {
    /// Opens a session.
    ///
    /// # Errors
    /// [`Failure::Expired`] when the sign-in is older than 5 minutes, or everything of this user was ended since;
    /// [`Failure::WrongCredentials`] when the account may no longer be used.
    pub async fn establish(
        &self,
        signed_in: SignedIn,
        address: IpAddr,
        user_agent: &str,
        now: Timestamp,
    ) -> Result<Session, Failure> {
        let inner = &self.0;
        let user = signed_in.user().clone();
        if now.since(signed_in.at()) > LIFETIME {
            return Err(Failure::Expired);
        }
        let by = Rests::On { by: signed_in.by().to_vec(), at: signed_in.at() };
        let session = Session {
            id: SessionId::from_bytes(*random::bytes::<16>()?),
            user: user.clone(),
            established_at: now,
            authenticated_at: signed_in.at(),
            expires_at: now.plus(inner.settings().await?.session_length),
            methods: signed_in.methods(),
            rotation: 0,
            renewals: Renewals::default(),
            other: Default::default(),
            device: None,
            device_key: None,
            address: address.to_canonical().to_string(),
            user_agent: user_agent.chars().filter(|c| is_shown(*c)).take(200).collect(),
        };
        inner.open_session(session, by, now).await
    }

    /// Takes a re-authentication of the same user into a session: newer, at least as strong, under a new rotation.
    ///
    /// # Errors
    /// [`Failure::OtherUser`]; [`Failure::Weaker`]; [`Failure::Expired`]; [`Failure::SessionEnded`].
    pub async fn elevate(&self, session: &SessionId, signed_in: SignedIn, now: Timestamp) -> Result<Session, Failure> {
        let inner = &self.0;
        let (kept, _) = inner.live_session(session, now).await?.ok_or(Failure::SessionEnded)?;
        if kept.user != *signed_in.user() {
            let detail = json!({ "user": kept.user });
            let actor = Actor::User(signed_in.user().to_string());
            inner.record(actor, "step-up-refused", format!("session/{session}"), detail, now).await?;
            return Err(Failure::OtherUser);
        }
        if now.since(signed_in.at()) > LIFETIME || signed_in.at() < kept.authenticated_at {
            return Err(Failure::Expired);
        }
        if signed_in.methods().assurance() < kept.methods.assurance() {
            return Err(Failure::Weaker);
        }
        inner.active_user(&kept.user).await?.ok_or(Failure::SessionEnded)?;
        let by = Some((signed_in.by(), signed_in.at()));
        inner
            .alter(session, ("session-elevated", by), now, |session| {
                // Applications that are open in other tabs keep what they had until they are given a new cookie.
                session.renewals.keep(present(session));
                session.authenticated_at = signed_in.at();
                session.methods = signed_in.methods();
                session.rotation = session.rotation.saturating_add(1);
            })
            .await
    }

    /// Notes the device that proved its key in the session. The first time that a user comes from a device raises their
    /// risk for a day.
    ///
    /// # Errors
    /// [`Failure::OtherDevice`] when the session is bound to another device: a cookie has wandered;
    /// [`Failure::SessionEnded`].
    pub async fn bind_device(
        &self,
        session: &SessionId,
        device: &PresentedDevice,
        now: Timestamp,
    ) -> Result<Session, Failure> {
        let inner = &self.0;
        let (kept, _) = inner.live_session(session, now).await?.ok_or(Failure::SessionEnded)?;
        let actor = Actor::User(kept.user.to_string());
        match &kept.device {
            Some(bound) if *bound == device.id => return Ok(kept),
            Some(bound) => {
                let detail = json!({ "bound_to": bound, "offered": device.id });
                inner.record(actor, "session-device-refused", format!("session/{session}"), detail, now).await?;
                return Err(Failure::OtherDevice);
            }
            None => {}
        }
        if inner.remember_device(&kept.user, &device.id, now).await? {
            signals::raise(&inner.changes, signals::new_device(&kept.user, &device.id, now)?).await?;
        }
        let bind = |session: &mut Session| {
            session.device = Some(device.id.clone());
            session.device_key = Some(device.key_sha256.clone());
            // Applications that are open keep what they had: the session without the device.
            session.renewals.keep_without_device(present(session));
            session.rotation = session.rotation.saturating_add(1);
        };
        inner.alter(session, ("session-device-bound", None), now, bind).await
    }

    /// Notes that an application's host is being given the session's present cookie: the one it had before is void soon.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renewed_at(&self, session: &SessionId, resource: &ResourceId, now: Timestamp) -> Result<(), Failure> {
        let inner = &self.0;
        for _ in 0..ATTEMPTS {
            let Some((mut kept, expected)) = inner.live_session(session, now).await? else { return Ok(()) };
            if kept.renewals.is_empty() {
                return Ok(());
            }
            kept.renewals.give(resource.clone(), kept.rotation, now);
            let write = put(Kind::Session, session.to_string(), expected, &kept)?;
            match inner.changes.maintain(vec![write], now).await {
                Err(ChangeError::Conflict { .. }) => {}
                outcome => return outcome.map(drop).map_err(Failure::from),
            }
        }
        Err(Failure::Conflict)
    }

    /// Ends a session; `false` when it had ended already. It ends even if that cannot be recorded; then this fails.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn end(
        &self,
        session: &SessionId,
        why: SessionEnd,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let inner = &self.0;
        let begun = inner.changes.begin(actor, "session-ended", format!("session/{session}"));
        let mut attempts = begun.withdrawal(now);
        loop {
            let built = async {
                let Some(document) = inner.get(Kind::Session, &session.to_string()).await? else {
                    return Ok(Built { answer: false, detail: Value::Null, writes: Vec::new() });
                };
                let kept: Session = read(document.body)?;
                let (mut list, expected) = inner.session_list(&kept.user).await?;
                list.open.retain(|open| open.id != *session);
                let expected_session = Expected::Revision(document.revision);
                let gone = Write::Delete { kind: Kind::Session, id: session.to_string(), expected: expected_session };
                let writes = vec![gone, put(Kind::Credential, list_place(&kept.user), expected, &list)?];
                Ok(Built { answer: true, detail: json!({ "user": kept.user, "why": why }), writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }

    /// A person says that a sign-in was not theirs: that is recorded, and its session ends if it has not. `false` when it had ended.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn disown(&self, session: &SessionId, user: &UserId, now: Timestamp) -> Result<bool, Failure> {
        let actor = Actor::User(user.to_string());
        let target = format!("session/{session}");
        self.0.record(actor.clone(), "sign-in-disowned", target, json!({ "user": user }), now).await?;
        self.end(session, SessionEnd::Disowned, actor, now).await
    }

    /// Ends all sessions of a user, and every sign-in under way; the number of sessions.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn end_all(
        &self,
        user: &UserId,
        why: SessionEnd,
        actor: Actor,
        now: Timestamp,
    ) -> Result<usize, Failure> {
        let inner = &self.0;
        let begun = inner.changes.begin(actor, "sessions-ended", format!("user/{user}"));
        let mut attempts = begun.withdrawal(now);
        loop {
            let built = async {
                let (list, expected) = inner.session_list(user).await?;
                let ids: Vec<SessionId> = list.open.iter().map(|open| open.id).collect();
                let emptied = SessionList { open: Vec::new(), not_before: Some(now), devices: list.devices };
                let mut writes = vec![put(Kind::Credential, list_place(user), expected, &emptied)?];
                writes.extend(ids.iter().map(delete));
                Ok(Built { answer: ids.len(), detail: json!({ "sessions": ids, "why": why }), writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }

    /// A user's live sessions, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, Failure> {
        let (list, _) = self.0.session_list(user).await?;
        let mut sessions = Vec::new();
        for open in list.open.iter().rev() {
            sessions.extend(self.0.live_session(&open.id, now).await?.map(|(session, _)| session));
        }
        Ok(sessions)
    }
}

impl Inner {
    /// Opens a session that rests on an authentication at its `authenticated_at`.
    pub(crate) async fn open_session(
        &self,
        session: Session,
        rests: Rests,
        now: Timestamp,
    ) -> Result<Session, Failure> {
        let user = &session.user;
        let actor = Actor::User(user.to_string());
        let begun = self.changes.begin(actor, "session-established", format!("session/{}", session.id));
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                if self.active_user(user).await?.is_none() {
                    return Err(Failure::WrongCredentials);
                }
                let (mut list, expected) = self.session_list(user).await?;
                if list.not_before.is_some_and(|at| session.authenticated_at < at) {
                    return Err(Failure::Expired);
                }
                let proofs = match &rests {
                    Rests::On { by, at } => {
                        self.still_stand(user, by, *at).await?;
                        Proofs::of(by)
                    }
                    Rests::OnSession(browser) => list.proofs(browser).cloned().ok_or(Failure::Expired)?,
                };
                let ended = list.add(Open { id: session.id, expires_at: session.expires_at, proofs }, now);
                let mut writes = vec![
                    put(Kind::Session, session.id.to_string(), Expected::New, &session)?,
                    put(Kind::Credential, list_place(user), expected, &list)?,
                ];
                writes.extend(ended.iter().map(delete));
                let detail = json!({ "methods": session.methods, "address": session.address,
                    "device": session.device, "too_many_ended": ended });
                Ok(Built { answer: (), detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome.map(|()| session);
            }
        }
    }

    /// That the authenticators of an authentication are still what they were then. It is asked after the list of sessions was read: an
    /// authenticator that goes meanwhile changes the list, and it is asked again.
    async fn still_stand(&self, user: &UserId, by: &[String], at: Timestamp) -> Result<(), Failure> {
        let (account, _) = self.account(user).await?;
        if account.stood_at(by, at) { Ok(()) } else { Err(Failure::Expired) }
    }

    /// A session that has not ended, and what to expect when it is written back.
    pub(crate) async fn live_session(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<(Session, Expected)>, Failure> {
        let Some(document) = self.get(Kind::Session, &id.to_string()).await? else { return Ok(None) };
        let session: Session = read(document.body)?;
        let live = is_live(session.authenticated_at, session.expires_at, now) && self.device_stands(&session).await?;
        Ok(live.then_some((session, Expected::Revision(document.revision))))
    }

    /// A session ends with the device that it is bound to, and with that device's key. One that names no key proved none.
    async fn device_stands(&self, session: &Session) -> Result<bool, Failure> {
        match (&session.device, &session.device_key) {
            (None, _) => Ok(true),
            (Some(id), Some(key)) => {
                self.is_enrolled(&PresentedDevice { id: id.clone(), key_sha256: key.clone() }).await
            }
            (Some(_), None) => Ok(false),
        }
    }

    /// Whether a device is enrolled with the key that was proved, and not revoked.
    pub(crate) async fn is_enrolled(&self, device: &PresentedDevice) -> Result<bool, Failure> {
        let stored = self.stored_device(&device.id).await?;
        Ok(stored.is_some_and(|stored| stored.is_usable_with(&device.key_sha256)))
    }

    /// Whether a person may use the device whose key was proved, now.
    pub(crate) async fn may_use(&self, user: &UserId, device: &PresentedDevice) -> Result<bool, Failure> {
        let stored = self.stored_device(&device.id).await?;
        Ok(stored.is_some_and(|stored| stored.is_usable_with(&device.key_sha256) && stored.is_for(user)))
    }

    async fn stored_device(&self, id: &DeviceId) -> Result<Option<Device>, Failure> {
        self.get(Kind::Device, id.as_str()).await?.map(|document| read(document.body)).transpose()
    }

    /// Changes a session, recording it first. `by` says which authenticators prove it again, and when they did.
    async fn alter(
        &self,
        id: &SessionId,
        (act, by): (&'static str, Option<(&[String], Timestamp)>),
        now: Timestamp,
        change: impl Fn(&mut Session),
    ) -> Result<Session, Failure> {
        let (session, _) = self.live_session(id, now).await?.ok_or(Failure::SessionEnded)?;
        let actor = Actor::User(session.user.to_string());
        let begun = self.changes.begin(actor, act, format!("session/{id}"));
        let mut attempts = begun.attempts(now);
        loop {
            let built = async {
                let (mut session, expected) = self.live_session(id, now).await?.ok_or(Failure::SessionEnded)?;
                change(&mut session);
                let detail = json!({ "methods": session.methods, "device": session.device,
                    "rotation": session.rotation });
                let mut writes = vec![put(Kind::Session, id.to_string(), expected, &session)?];
                if let Some((by, at)) = by {
                    let (mut list, expected) = self.session_list(&session.user).await?;
                    self.still_stand(&session.user, by, at).await?;
                    let open = list.open.iter_mut().find(|open| open.id == *id).ok_or(Failure::SessionEnded)?;
                    open.proofs.add(by);
                    writes.push(put(Kind::Credential, list_place(&session.user), expected, &list)?);
                }
                Ok(Built { answer: session, detail, writes })
            };
            if let Some(outcome) = attempts.settle(built.await).await {
                return outcome;
            }
        }
    }

    pub(crate) async fn settings(&self) -> Result<documents::Settings, Failure> {
        match self.get(Kind::Settings, "settings").await? {
            Some(document) => read(document.body),
            None => Ok(documents::Settings::default()),
        }
    }
}

/// What a session shows now.
fn present(session: &Session) -> FormerProof {
    FormerProof {
        rotation: session.rotation,
        authenticated_at: session.authenticated_at,
        methods: session.methods,
        without_device: false,
    }
}

/// What a session rests on that is opened.
pub(crate) enum Rests {
    /// On an authentication by these authenticators.
    On { by: Vec<String>, at: Timestamp },
    /// On what another session of the same person rests on.
    OnSession(SessionId),
}

/// Reads a document's body.
pub(crate) fn read<T: serde::de::DeserializeOwned>(body: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(body).map_err(|error| unavailable("read a document", &error))
}

pub(crate) fn delete(id: &SessionId) -> Write {
    Write::Delete { kind: Kind::Session, id: id.to_string(), expected: Expected::Any }
}
