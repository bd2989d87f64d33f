//! Signing a terminal in through a browser (RFC 8628): a terminal asks, a signed-in person compares the code and answers,
//! the terminal collects its session, once.
//!
//! Request and short code are two one-time documents. An answer takes the short code away, and a collection takes the request
//! away, each in one transaction: neither counts twice.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::json;

use sekisho_capability::{ChangeError, short_code};
use sekisho_model::documents::{Kind, Renewals, Session};
use sekisho_model::{Actor, DeviceId, PresentedDevice, SessionId, Span, Timestamp, UserId, is_shown};
use sekisho_store::{Expected, Write};

use crate::account::put;
use crate::identity::{Inner, network};
use crate::sessions::{Rests, read};
use crate::throttle::Attempt;
use crate::{Failure, Identity, Secret, random, signals, terminal_codes};

/// How long a person has to compare the code and answer.
const LIFETIME: Span = Span::from_minutes(10);

/// A terminal that wants to be signed in.
#[derive(Debug, Clone)]
pub struct TerminalAsk {
    /// The device whose key the terminal proved; none where the machine is not enrolled.
    pub device: Option<PresentedDevice>,
    /// Where it asks from.
    pub address: IpAddr,
    /// What the machine calls itself. Shown, never trusted.
    pub name: String,
}

/// The codes of a request.
#[derive(Debug)]
pub struct TerminalCodes {
    /// What the terminal collects its session with.
    pub device_code: Secret,
    /// What the person compares, as it is shown.
    pub user_code: String,
    /// How long both live.
    pub lifetime: Span,
}

/// A request as the person sees it before they answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalRequest {
    /// The device whose key the terminal proved.
    pub device: Option<PresentedDevice>,
    /// Where it asks from.
    pub address: String,
    /// What the machine calls itself.
    pub name: String,
    /// When it asked.
    pub asked_at: Timestamp,
    /// The code, as it is shown.
    pub user_code: String,
}

/// What a terminal learns when it asks for its session.
#[derive(Debug)]
pub enum TerminalAnswer {
    /// Nobody has answered yet.
    Pending,
    /// The person refused or may no longer approve, or the device may no longer be used.
    Refused,
    /// There is no such request, or no longer.
    Expired,
    /// The session.
    Approved(Box<Session>),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    until: Timestamp,
    asked_at: Timestamp,
    device: Option<KeptDevice>,
    address: String,
    name: String,
    answer: Option<Answer>,
}

#[derive(Serialize, Deserialize)]
struct KeptDevice {
    id: DeviceId,
    key_sha256: String,
}

#[derive(Serialize, Deserialize)]
enum Answer {
    /// In this session of the person's browser.
    Approved(SessionId),
    Refused,
}

/// A short code: which request it leads to.
#[derive(Serialize, Deserialize)]
struct KeptCode {
    until: Timestamp,
    request: String,
}

impl Identity {
    /// Opens a request. Callers limit how often.
    ///
    /// # Errors
    /// [`Failure::NotFound`] when what proved its key is no enrolled device, as an enforcement point is none; when the store
    /// fails.
    pub async fn ask_for_terminal(&self, ask: TerminalAsk, now: Timestamp) -> Result<TerminalCodes, Failure> {
        let inner = &self.0;
        if let Some(device) = &ask.device
            && !inner.is_enrolled(device).await?
        {
            return Err(Failure::NotFound("device"));
        }
        let (device_code, user_code) = (random::token()?, random::short_code()?);
        let until = now.plus(LIFETIME);
        let kept = Kept {
            until,
            asked_at: now,
            device: ask.device.map(|device| KeptDevice { id: device.id, key_sha256: device.key_sha256 }),
            address: ask.address.to_canonical().to_string(),
            name: ask.name.chars().filter(|c| is_shown(*c)).take(64).collect(),
            answer: None,
        };
        let request = terminal_codes::device_code_place(device_code.expose());
        let code = terminal_codes::user_code_place(&inner.key, &user_code);
        let writes = vec![
            put(Kind::OneTime, request.clone(), Expected::New, &kept)?,
            put(Kind::OneTime, code, Expected::New, &KeptCode { until, request })?,
        ];
        inner.changes.maintain(writes, now).await?;
        Ok(TerminalCodes { device_code, user_code: short_code::shown(&user_code), lifetime: LIFETIME })
    }

    /// The request behind a short code that a signed-in person typed. Wrong ones are counted against person and address.
    ///
    /// # Errors
    /// [`Failure::Expired`] when there is none; [`Failure::TooManyAttempts`].
    pub async fn terminal_request(
        &self,
        user_code: &str,
        by: &UserId,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<TerminalRequest, Failure> {
        let found = self.0.find_request(user_code, by, address, now).await?;
        Ok(TerminalRequest {
            device: found.kept.device.map(|device| PresentedDevice { id: device.id, key_sha256: device.key_sha256 }),
            address: found.kept.address,
            name: found.kept.name,
            asked_at: found.kept.asked_at,
            user_code: short_code::shown(&short_code::typed(user_code)),
        })
    }

    /// Answers the request behind a short code, once.
    ///
    /// # Errors
    /// As [`Identity::terminal_request`]; [`Failure::SessionEnded`].
    pub async fn answer_terminal(
        &self,
        user_code: &str,
        session: &SessionId,
        approve: bool,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let inner = &self.0;
        let (browser, _) = inner.live_session(session, now).await?.ok_or(Failure::SessionEnded)?;
        let mut found = inner.find_request(user_code, &browser.user, address, now).await?;
        let act = if approve { "terminal-approved" } else { "terminal-refused" };
        let detail = json!({ "address": found.kept.address, "name": found.kept.name,
            "device": found.kept.device.as_ref().map(|device| &device.id) });
        let actor = Actor::User(browser.user.to_string());
        found.kept.answer = Some(if approve { Answer::Approved(*session) } else { Answer::Refused });
        // INVARIANT I-12: the short code goes in the transaction that writes the answer, so only one answer counts.
        let code = Write::Delete { kind: Kind::OneTime, id: found.code, expected: found.code_revision };
        let answer = put(Kind::OneTime, found.request, found.request_revision, &found.kept)?;
        let begun = inner.changes.begin(actor, act, format!("session/{session}")).detail(detail);
        begun.write(code).write(answer).commit(now).await?;
        Ok(())
    }

    /// The session of an approved request, once, for the terminal that holds the long code and the key that it asked with.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn collect_terminal(
        &self,
        device_code: &str,
        device: Option<&PresentedDevice>,
        address: IpAddr,
        user_agent: &str,
        now: Timestamp,
    ) -> Result<TerminalAnswer, Failure> {
        let inner = &self.0;
        let place = terminal_codes::device_code_place(device_code);
        let Some(document) = inner.get(Kind::OneTime, &place).await? else { return Ok(TerminalAnswer::Expired) };
        let kept: Kept = read(document.body)?;
        if now >= kept.until {
            return Ok(TerminalAnswer::Expired);
        }
        // A long code that was copied collects nothing under another key.
        let key = |device: Option<&PresentedDevice>| device.map(|device| device.key_sha256.clone());
        if key(device) != kept.device.as_ref().map(|device| device.key_sha256.clone()) {
            return Ok(TerminalAnswer::Refused);
        }
        let Some(answer) = kept.answer else { return Ok(TerminalAnswer::Pending) };
        // INVARIANT I-12: the request goes before its session comes.
        let expected = Expected::Revision(document.revision);
        match inner.changes.maintain(vec![Write::Delete { kind: Kind::OneTime, id: place, expected }], now).await {
            Err(ChangeError::Conflict { .. }) => return Ok(TerminalAnswer::Expired),
            outcome => drop(outcome?),
        }
        let Answer::Approved(browser) = answer else { return Ok(TerminalAnswer::Refused) };
        // Who has signed out since, or may no longer sign in, has signed no terminal in either.
        let Some((browser, _)) = inner.live_session(&browser, now).await? else { return Ok(TerminalAnswer::Refused) };
        // INVARIANT I-5: the device is asked about when its session comes; since the approval it may have been revoked.
        if let Some(device) = device
            && !inner.may_use(&browser.user, device).await?
        {
            return Ok(TerminalAnswer::Refused);
        }
        match inner.terminal_session(browser, device, address, user_agent, now).await {
            Ok(session) => Ok(TerminalAnswer::Approved(Box::new(session))),
            Err(Failure::WrongCredentials | Failure::Expired) => Ok(TerminalAnswer::Refused),
            Err(failure) => Err(failure),
        }
    }
}

/// A request with the code that leads to it, and what to expect of both when they are written back.
struct Found {
    code: String,
    code_revision: Expected,
    request: String,
    request_revision: Expected,
    kept: Kept,
}

impl Inner {
    async fn find_request(&self, typed: &str, by: &UserId, address: IpAddr, now: Timestamp) -> Result<Found, Failure> {
        let network = network(address);
        let key = |purpose: &str, text: &str| random::keyed(&self.key, purpose, text);
        let attempt = Attempt {
            pair: key("terminal-pair", &format!("{by} {network}")),
            address: key("terminal-address", &network),
            stranger: Some(key("terminal-account", by.as_str())),
        };
        let begun = self.throttling.begin(attempt, now).await?;
        let code = terminal_codes::user_code_place(&self.key, &short_code::typed(typed));
        let Some(found) = self.look_up(code, now).await? else { return Err(Failure::Expired) };
        self.throttling.undo(begun.ticket).await?;
        Ok(found)
    }

    async fn look_up(&self, code: String, now: Timestamp) -> Result<Option<Found>, Failure> {
        let Some(document) = self.get(Kind::OneTime, &code).await? else { return Ok(None) };
        let code_revision = Expected::Revision(document.revision);
        let KeptCode { request, .. } = read(document.body)?;
        let Some(document) = self.get(Kind::OneTime, &request).await? else { return Ok(None) };
        let request_revision = Expected::Revision(document.revision);
        let kept: Kept = read(document.body)?;
        let open = now < kept.until && kept.answer.is_none();
        Ok(open.then_some(Found { code, code_revision, request, request_revision, kept }))
    }

    /// A session of its own that rests on the browser's authentication, and lasts no longer than one made by it would.
    async fn terminal_session(
        &self,
        browser: Session,
        device: Option<&PresentedDevice>,
        address: IpAddr,
        user_agent: &str,
        now: Timestamp,
    ) -> Result<Session, Failure> {
        let rests = Rests::OnSession(browser.id);
        let session = Session {
            id: SessionId::from_bytes(*random::bytes::<16>()?),
            user: browser.user,
            established_at: now,
            authenticated_at: browser.authenticated_at,
            expires_at: browser.authenticated_at.plus(self.settings().await?.session_length),
            methods: browser.methods,
            rotation: 0,
            renewals: Renewals::default(),
            other: Default::default(),
            device: device.map(|device| device.id.clone()),
            device_key: device.map(|device| device.key_sha256.clone()),
            address: address.to_canonical().to_string(),
            user_agent: user_agent.chars().filter(|c| is_shown(*c)).take(200).collect(),
        };
        let session = self.open_session(session, rests, now).await?;
        if let Some(device) = &session.device
            && self.remember_device(&session.user, device, now).await?
        {
            signals::raise(&self.changes, signals::new_device(&session.user, device, now)?).await?;
        }
        Ok(session)
    }
}
