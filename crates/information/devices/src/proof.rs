//! The loopback proof, the server's side: a challenge for one session, and the check of the agent's answer.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sekisho_capability::consume;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::proof::{ProofAnswer, Statement};
use sekisho_model::documents::{Device, DeviceStatus, Kind};
use sekisho_model::{PresentedDevice, SessionId, Span, Timestamp, UserId};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};

use crate::devices::{Devices, DevicesError, body_of, random, read};
use crate::key::DeviceKey;
use crate::refusal::Refusal;

/// How long a challenge is open: a page asks the agent and hands the answer on without a person in between.
const CHALLENGE_LIFE: Span = Span::from_seconds(30);
/// How far the device's clock may be from ours, either way.
const CLOCK_TOLERANCE: Span = Span::from_seconds(60);
/// The prefix of the identifiers of stored challenges.
const PROOF_PREFIX: &str = "device-proof.";

/// A challenge for the agent: what the portal's page hands to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofChallenge {
    /// The nonce: 32 random bytes.
    pub nonce: Base64,
    /// The session it is for.
    pub session: SessionId,
    /// When it stops being open.
    pub expires_at: Timestamp,
}

/// A challenge as it is stored, under its nonce's hash.
#[derive(Serialize, Deserialize)]
struct StoredChallenge {
    session: SessionId,
    portal_origin: String,
    expires_at: Timestamp,
}

impl Devices {
    /// Opens a challenge for a session.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn challenge(&self, session: &SessionId, now: Timestamp) -> Result<ProofChallenge, DevicesError> {
        let nonce = Base64(random::<32>()?.to_vec());
        let expires_at = now.plus(CHALLENGE_LIFE);
        let stored = StoredChallenge { session: *session, portal_origin: self.portal_origin().to_owned(), expires_at };
        let write = Write::Put {
            kind: Kind::OneTime,
            id: challenge_id(&nonce),
            expected: Expected::New,
            body: body_of(&stored)?,
        };
        self.changes().maintain(vec![write], now).await?;
        Ok(ProofChallenge { nonce, session: *session, expires_at })
    }

    /// Checks the agent's answer to a challenge of this session. The challenge is used up whatever the answer is worth.
    ///
    /// # Errors
    /// A [`Refusal`] that says why the session cannot be bound to the device.
    pub async fn verify_proof(
        &self,
        session: &SessionId,
        user: &UserId,
        answer: &ProofAnswer,
        now: Timestamp,
    ) -> Result<PresentedDevice, Refusal> {
        // INVARIANT I-16: the challenge is taken away before anything is looked at, so no proof counts twice.
        let stored = consume(self.store(), &challenge_id(&answer.nonce)).await?;
        let stored: StoredChallenge = read(&stored.ok_or(Refusal::ProofUnknown)?)?;
        if stored.session != *session || stored.expires_at <= now || stored.portal_origin != self.portal_origin() {
            return Err(Refusal::ProofUnknown);
        }
        self.signed_by_device(session, user, answer, now).await
    }

    /// Whether the device that answers signed that nonce for that session of that person, just now.
    pub(crate) async fn signed_by_device(
        &self,
        session: &SessionId,
        user: &UserId,
        answer: &ProofAnswer,
        now: Timestamp,
    ) -> Result<PresentedDevice, Refusal> {
        let (device, _) = self.device(&answer.device).await?.ok_or(Refusal::NotEnrolled)?;
        if device.status == DeviceStatus::Revoked {
            return Err(Refusal::Revoked);
        }
        let key = key_of(&device)?;
        let statement = Statement {
            nonce: &answer.nonce.0,
            portal_origin: self.portal_origin(),
            session,
            device: &device.id,
            signed_at: answer.signed_at,
        };
        // INVARIANT I-16: what must be signed is what this session was asked, not what the answer says it was asked.
        if !key.signed(&statement.signed_bytes(), &answer.signature.0) {
            return Err(Refusal::ProofSignature);
        }
        let drift = now.since(answer.signed_at).as_millis().saturating_abs();
        if drift > CLOCK_TOLERANCE.as_millis() {
            return Err(Refusal::ProofClock);
        }
        owned_by(&device, user)?;
        Ok(PresentedDevice { key_sha256: key.sha256(), id: device.id })
    }

    /// Whether a person may use the device whose key a connection proved: it is enrolled, and nobody else's.
    ///
    /// # Errors
    /// A [`Refusal`] that says why not.
    pub async fn may_use(&self, presented: &PresentedDevice, user: &UserId) -> Result<(), Refusal> {
        owned_by(&self.active(presented).await?, user)
    }
}

fn owned_by(device: &Device, user: &UserId) -> Result<(), Refusal> {
    if device.is_for(user) { Ok(()) } else { Err(Refusal::OtherOwner) }
}

fn key_of(device: &Device) -> Result<DeviceKey, Refusal> {
    let text = device.public_key.as_ref().ok_or(Refusal::NotEnrolled)?;
    let der = STANDARD.decode(text).map_err(|_| DevicesError::Damaged(format!("device/{}", device.id)))?;
    DeviceKey::from_der(&der).ok_or_else(|| DevicesError::Damaged(format!("device/{}", device.id)).into())
}

fn challenge_id(nonce: &Base64) -> String {
    format!("{PROOF_PREFIX}{}", hex::encode(digest::digest(&digest::SHA256, &nonce.0)))
}
