//! Enrolment by one-time token, and renewal by the device itself.

use sekisho_authority::{ClientCertificate, ClientName};
use sekisho_capability::{Change, ChangeError, consume};
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::enrolment::{DEVICE_URI_PREFIX, EnrolRequest, Issued, RenewRequest};
use sekisho_model::documents::{Device, DeviceStatus, Kind, Ownership};
use sekisho_model::{Actor, DeviceId, PresentedDevice, Span, Timestamp, UserId};
use sekisho_store::{Expected, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::devices::{Devices, DevicesError, body_of, put_device, random, read};
use crate::key::{DeviceKey, sha256_hex};
use crate::refusal::Refusal;

/// How long a device certificate lasts.
const CERTIFICATE_LIFE: Span = Span::from_minutes(30 * 24 * 60);
/// How long an enrolment token is good.
const TOKEN_LIFE: Span = Span::from_minutes(24 * 60);

/// A device that is to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Its identifier.
    pub id: DeviceId,
    /// Its display name.
    pub name: String,
    /// The person it is assigned to.
    pub owner: Option<UserId>,
    /// Whom it belongs to.
    pub ownership: Ownership,
    /// Its operating system family.
    pub platform: String,
    /// Whether the organisation manages it.
    pub managed: bool,
}

/// A one-time enrolment token. Shown once; only its hash is kept. Without `Debug`, so that no log tells it.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentToken {
    /// The token: 43 characters, 256 random bits.
    pub token: String,
    /// The device it enrols.
    pub device: DeviceId,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

/// A token as it is stored, under its hash.
#[derive(Serialize, Deserialize)]
struct StoredToken {
    device: DeviceId,
    expires_at: Timestamp,
}

/// The prefix of the identifiers of stored tokens.
const TOKEN_PREFIX: &str = "device-token.";

impl Devices {
    /// Makes a token that enrols a device once, and the device's document if it has none or is not enrolled yet.
    ///
    /// # Errors
    /// When the device is enrolled already, or the token cannot be recorded or stored.
    pub async fn create_token(
        &self,
        device: NewDevice,
        actor: Actor,
        now: Timestamp,
    ) -> Result<EnrolmentToken, DevicesError> {
        let expected = match self.device(&device.id).await? {
            None => Expected::New,
            Some((present, revision)) if present.key_sha256.is_none() => Expected::Revision(revision),
            Some(_) => return Err(DevicesError::Enrolled(device.id)),
        };
        let token = Base64(random::<32>()?.to_vec()).to_text();
        let (id, expires_at) = (device.id.clone(), now.plus(TOKEN_LIFE));
        let stored = StoredToken { device: id.clone(), expires_at };
        let writes = vec![
            put_device(&document(device), expected)?,
            Write::Put { kind: Kind::OneTime, id: token_id(&token), expected: Expected::New, body: body_of(&stored)? },
        ];
        let detail = json!({ "expires_at": expires_at.to_string() });
        let begun = self.begin(actor, "device-token-made", &id).detail(detail);
        writes.into_iter().fold(begun, Change::write).commit(now).await?;
        Ok(EnrolmentToken { token, device: id, expires_at })
    }

    /// Enrols the device that holds a token and a key: the token is consumed, the certificate issued.
    ///
    /// # Errors
    /// A [`Refusal`] that says why not.
    pub async fn enrol(&self, request: &EnrolRequest, now: Timestamp) -> Result<Issued, Refusal> {
        let key = DeviceKey::from_request(&request.csr.0).ok_or(Refusal::CertificateRequest)?;
        let claim = format!("device-key.{}", key.sha256());
        if self.store().get(Kind::Key, &claim).await?.is_some() {
            return Err(Refusal::KeyEnrolled);
        }
        let token = consume(self.store(), &token_id(&request.token)).await?.ok_or(Refusal::Token)?;
        let token: StoredToken = read(&token)?;
        if token.expires_at <= now {
            return Err(Refusal::Token);
        }
        let (mut device, revision) = self.device(&token.device).await?.ok_or(Refusal::Token)?;
        match (&device.key_sha256, device.status) {
            (Some(_), _) => return Err(Refusal::DeviceEnrolled),
            (None, DeviceStatus::Revoked) => return Err(Refusal::Revoked),
            (None, DeviceStatus::Active) => {}
        }
        let certificate = self.issue(&device.id, &key, now)?;
        device.key_sha256 = Some(key.sha256());
        device.public_key = Some(base64_standard(key.der()));
        device.enrolled_at = Some(now);
        let actor = Actor::Device(device.id.to_string());
        // The claim makes a key enrol once, ever, even when two requests race.
        let claim = Write::Put {
            kind: Kind::Key,
            id: claim,
            expected: Expected::New,
            body: json!({ "device": device.id, "at": now }),
        };
        // What a former device of this name reported says nothing of this one.
        let forget = Write::Delete { kind: Kind::Posture, id: device.id.to_string(), expected: Expected::Any };
        let begun = self.begin(actor, "device-enrolled", &device.id).detail(json!({ "key_sha256": key.sha256() }));
        let begun = begun.write(put_device(&device, Expected::Revision(revision))?).write(claim).write(forget);
        match begun.commit(now).await {
            Ok(_) => Ok(self.issued(&device.id, certificate)),
            Err(ChangeError::Conflict { kind: Kind::Key, .. }) => Err(Refusal::KeyEnrolled),
            Err(ChangeError::Conflict { .. }) => Err(Refusal::DeviceEnrolled),
            Err(error) => Err(error.into()),
        }
    }

    /// A new certificate for the same device and the same key. A revoked device gets none.
    ///
    /// # Errors
    /// A [`Refusal`] that says why not.
    pub async fn renew(
        &self,
        presented: &PresentedDevice,
        request: &RenewRequest,
        now: Timestamp,
    ) -> Result<Issued, Refusal> {
        let device = self.active(presented).await?;
        let key = DeviceKey::from_request(&request.csr.0).ok_or(Refusal::CertificateRequest)?;
        if key.sha256() != presented.key_sha256 {
            return Err(Refusal::CertificateRequest);
        }
        let certificate = self.issue(&device.id, &key, now)?;
        let detail = json!({ "not_after": certificate.not_after.to_string() });
        self.begin(Actor::Device(device.id.to_string()), "device-renewed", &device.id).detail(detail).note(now).await?;
        Ok(self.issued(&device.id, certificate))
    }

    /// A certificate for a device's key.
    fn issue(&self, device: &DeviceId, key: &DeviceKey, now: Timestamp) -> Result<ClientCertificate, DevicesError> {
        // INVARIANT I-17: the authority sets every field; of the request only the public key arrives.
        let uri = format!("{DEVICE_URI_PREFIX}{device}");
        let client = ClientName { name: device.as_str(), uri, life: CERTIFICATE_LIFE };
        Ok(self.authority().issue_client(client, key.info(), now)?)
    }

    fn issued(&self, device: &DeviceId, certificate: ClientCertificate) -> Issued {
        Issued {
            device: device.clone(),
            chain: certificate.chain.iter().map(|der| Base64(der.to_vec())).collect(),
            not_after: certificate.not_after,
            portal_origin: self.portal_origin().to_owned(),
            agent_port: Some(self.agent_port()),
        }
    }
}

fn document(new: NewDevice) -> Device {
    Device {
        id: new.id,
        name: new.name,
        owner: new.owner,
        ownership: new.ownership,
        platform: new.platform,
        managed: new.managed,
        status: DeviceStatus::Active,
        key_sha256: None,
        public_key: None,
        enrolled_at: None,
    }
}

fn token_id(token: &str) -> String {
    format!("{TOKEN_PREFIX}{}", sha256_hex(token.as_bytes()))
}

fn base64_standard(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
