//! The proof by a code, the server's side: a browser's session asks, a device looks and answers, the session collects, once.
//!
//! The code gives nothing by itself. Only a device of the session's own person can look at it or answer it, its person confirms whose
//! session in which browser it is, and only the session that asked can collect the answer.

use aws_lc_rs::digest;
use sekisho_capability::{ChangeError, Entropy, short_code};
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::browser_code::{BrowserAsks, CodeAnswer, Look, Taken};
use sekisho_device_protocol::proof::ProofRequest;
use sekisho_model::documents::{Device, Kind};
use sekisho_model::{Actor, DeviceId, PresentedDevice, SessionId, Span, Text, Timestamp, UserId};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::devices::{Devices, DevicesError, body_of, random, read};
use crate::refusal::Refusal;

/// How long a person has to type the code at the agent and to confirm.
const LIFETIME: Span = Span::from_minutes(5);
/// The prefix of the identifiers of stored codes.
const PREFIX: &str = "device-code.";

/// A session that asks for a code.
#[derive(Debug, Clone)]
pub struct CodeAsk {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// What people call that person.
    pub name: String,
    /// The browser, by what it calls itself.
    pub browser: Text,
    /// Where it asks from.
    pub address: String,
}

/// What a session learns that asks for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Collected {
    /// Nobody has answered at a device yet.
    Pending,
    /// The device that answered.
    Proven(PresentedDevice),
}

/// A code's request as it is stored, under the code's hash.
#[derive(Serialize, Deserialize)]
struct Stored {
    session: SessionId,
    user: UserId,
    name: String,
    browser: Text,
    address: String,
    nonce: Base64,
    asked_at: Timestamp,
    expires_at: Timestamp,
    answer: Option<Proven>,
}

#[derive(Serialize, Deserialize)]
struct Proven {
    device: DeviceId,
    key_sha256: String,
}

/// A stored request, and what to expect when it is written back.
struct Found {
    id: String,
    expected: Expected,
    stored: Stored,
}

impl Devices {
    /// Opens a request for a session, and gives the code that its page shows. Callers limit how often.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn ask_by_code(&self, ask: CodeAsk, now: Timestamp) -> Result<String, DevicesError> {
        let code = short_code::make(Entropy::system())?;
        let CodeAsk { session, user, name, browser, address } = ask;
        let (nonce, expires_at) = (Base64(random::<32>()?.to_vec()), now.plus(LIFETIME));
        let stored = Stored { session, user, name, browser, address, nonce, asked_at: now, expires_at, answer: None };
        let write =
            Write::Put { kind: Kind::OneTime, id: place(&code), expected: Expected::New, body: body_of(&stored)? };
        self.changes().maintain(vec![write], now).await?;
        Ok(short_code::shown(&code))
    }

    /// What a code stands for, for a device of the person whose session it is.
    ///
    /// # Errors
    /// A [`Refusal`]; [`Refusal::ProofUnknown`] for every code that this device may not answer, whatever the reason.
    pub async fn look_at_code(
        &self,
        presented: &PresentedDevice,
        look: &Look,
        address: &str,
        now: Timestamp,
    ) -> Result<BrowserAsks, Refusal> {
        let device = self.active(presented).await?;
        let Stored { session, user, name, browser, address: asked_from, nonce, asked_at, .. } =
            self.open_code(&device, &look.code, now).await?.stored;
        Ok(BrowserAsks {
            proof: ProofRequest { nonce, session },
            portal_origin: self.portal_origin().to_owned(),
            user,
            name,
            browser,
            elsewhere: asked_from != address,
            address: asked_from,
            asked_at,
        })
    }

    /// Takes what the person at a device answered. The first answer counts.
    ///
    /// # Errors
    /// As [`Devices::look_at_code`], and a [`Refusal`] that says what is wrong with the proof.
    pub async fn answer_code(
        &self,
        presented: &PresentedDevice,
        answer: &CodeAnswer,
        now: Timestamp,
    ) -> Result<Taken, Refusal> {
        let device = self.active(presented).await?;
        let Found { id, expected, mut stored } = self.open_code(&device, &answer.code, now).await?;
        let Some(proof) = &answer.proof else {
            let gone = Write::Delete { kind: Kind::OneTime, id, expected };
            let target = format!("session/{}", stored.session);
            let actor = Actor::Device(device.id.to_string());
            let begun =
                self.changes().begin(actor, "device-proof-refused", target).detail(json!({ "user": stored.user }));
            return once(begun.write(gone).commit(now).await).map(|()| Taken { confirmed: false });
        };
        // INVARIANT I-16: the device of the connection signs the nonce that this code's session was given, and no other.
        if proof.device != device.id || proof.nonce != stored.nonce {
            return Err(Refusal::ProofSignature);
        }
        let proven = self.signed_by_device(&stored.session, &stored.user, proof, now).await?;
        stored.answer = Some(Proven { device: proven.id, key_sha256: proven.key_sha256 });
        let write = Write::Put { kind: Kind::OneTime, id, expected, body: body_of(&stored)? };
        once(self.changes().maintain(vec![write], now).await).map(|()| Taken { confirmed: true })
    }

    /// The answer to a code, for the session that asked. It is taken away before it is used, so it counts once.
    ///
    /// # Errors
    /// [`Refusal::ProofUnknown`] when there is no such request of this session; a [`Refusal`] when the device may no longer be used.
    pub async fn collect_code(
        &self,
        session: &SessionId,
        user: &UserId,
        code: &str,
        now: Timestamp,
    ) -> Result<Collected, Refusal> {
        let Found { id, expected, stored } = self.code_of(session, user, code, now).await?;
        let Some(Proven { device, key_sha256 }) = stored.answer else { return Ok(Collected::Pending) };
        once(self.changes().maintain(vec![Write::Delete { kind: Kind::OneTime, id, expected }], now).await)?;
        let proven = PresentedDevice { id: device, key_sha256 };
        // Since the answer the device may have been revoked, or given to somebody else.
        self.may_use(&proven, user).await?;
        Ok(Collected::Proven(proven))
    }

    /// Whether a code is one that this session was given and that has not ended: only then may its page show it.
    ///
    /// # Errors
    /// A [`Refusal`] when the store fails.
    pub async fn is_code_of(
        &self,
        session: &SessionId,
        user: &UserId,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        match self.code_of(session, user, code, now).await {
            Ok(_) => Ok(true),
            Err(Refusal::ProofUnknown) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    async fn code_of(&self, session: &SessionId, user: &UserId, code: &str, now: Timestamp) -> Result<Found, Refusal> {
        let found = self.find_code(code, now).await?;
        // INVARIANT I-16: what a device proved for one session is no other session's.
        match found.stored.session == *session && found.stored.user == *user {
            true => Ok(found),
            false => Err(Refusal::ProofUnknown),
        }
    }

    /// The request behind a code that this device may answer.
    async fn open_code(&self, device: &Device, code: &str, now: Timestamp) -> Result<Found, Refusal> {
        let guesser = format!("code {}", device.id);
        if !self.guesses().take(&guesser, now) {
            return Err(Refusal::TooMany);
        }
        let found = self.find_code(code, now).await?;
        if found.stored.answer.is_some() || !device.is_for(&found.stored.user) {
            return Err(Refusal::ProofUnknown);
        }
        self.guesses().give_back(&guesser);
        Ok(found)
    }

    async fn find_code(&self, code: &str, now: Timestamp) -> Result<Found, Refusal> {
        let id = place(&short_code::typed(code));
        let document = self.store().get(Kind::OneTime, &id).await?.ok_or(Refusal::ProofUnknown)?;
        let stored: Stored = read(&document)?;
        if stored.expires_at <= now {
            return Err(Refusal::ProofUnknown);
        }
        Ok(Found { id, expected: Expected::Revision(document.revision), stored })
    }
}

/// The outcome of a write that only one can make: the second finds nothing to answer.
fn once<T>(outcome: Result<T, ChangeError>) -> Result<(), Refusal> {
    match outcome {
        Ok(_) => Ok(()),
        Err(ChangeError::Conflict { .. }) => Err(Refusal::ProofUnknown),
        Err(error) => Err(error.into()),
    }
}

fn place(code: &str) -> String {
    format!("{PREFIX}{}", hex::encode(digest::digest(&digest::SHA256, code.as_bytes())))
}
