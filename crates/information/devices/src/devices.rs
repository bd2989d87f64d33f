//! The service's state: the store, the ledger, the authority and the limits. What it does is in the files named in [`crate`].

use std::sync::Arc;

use sekisho_authority::{Authority, AuthorityError};
use sekisho_capability::{Change, ChangeError, Changes, Entropy, NoEntropy};
use sekisho_ledger::Ledger;
use sekisho_model::documents::{Check, Device, DeviceStatus, Kind};
use sekisho_model::{Actor, DeviceId, PresentedDevice, Span, Timestamp};
use sekisho_store::{Document, Expected, Store, StoreError, Write};
use serde_json::{Value, json};

use crate::checks::default_checks;
use crate::limiter::Limiter;
use crate::refusal::Refusal;
use crate::ticket::TicketKey;

/// The devices service. Clones share it.
#[derive(Clone)]
pub struct Devices(Arc<Inner>);

struct Inner {
    changes: Changes,
    authority: Authority,
    tickets: TicketKey,
    portal_origin: String,
    agent_port: u16,
    reports: Limiter,
    guesses: Limiter,
}

/// Why the service could not do something: ours or the machine's fault, not the asker's.
#[derive(Debug, thiserror::Error)]
pub enum DevicesError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A change was not made.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The authority could not issue a certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// What is stored cannot be read.
    #[error("`{0}` cannot be read: it was altered outside of this program; restore it from a backup")]
    Damaged(String),
    /// There are no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoEntropy),
    /// The device is enrolled already.
    #[error("device `{0}` is enrolled already: delete it first to enrol it anew")]
    Enrolled(DeviceId),
    /// There is no such device.
    #[error("there is no device `{0}`")]
    NoSuchDevice(DeviceId),
}

impl Devices {
    /// Opens the service; makes its keys if this is the first start. `portal_origin` (`https://portal.example`) is the only
    /// site to which agents will prove their device, and `agent_port` is where its pages look for them.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn open(
        store: Store,
        ledger: Ledger,
        portal_origin: &str,
        agent_port: u16,
        now: Timestamp,
    ) -> Result<Self, DevicesError> {
        let authority = Authority::open(&store, now).await?;
        let tickets = TicketKey::open(&store, now).await?;
        Ok(Self(Arc::new(Inner {
            changes: Changes::new(store, ledger),
            authority,
            tickets,
            portal_origin: portal_origin.to_owned(),
            agent_port,
            // A device reports each minute and at once when something changed: 30 at once, then two a second.
            reports: Limiter::new(30, Span::from_millis(500)),
            // A token has 256 bits; the limit keeps guessing from costing us anything.
            guesses: Limiter::new(10, Span::from_seconds(6)),
        })))
    }

    /// The certificate authorities.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The portal's origin.
    #[must_use]
    pub fn portal_origin(&self) -> &str {
        &self.0.portal_origin
    }

    pub(crate) fn agent_port(&self) -> u16 {
        self.0.agent_port
    }

    /// Revokes a device: from now on its certificate is refused everywhere.
    ///
    /// # Errors
    /// When there is no such device, or the change cannot be recorded or stored.
    pub async fn revoke(&self, device: &DeviceId, actor: Actor, now: Timestamp) -> Result<(), DevicesError> {
        let (mut body, revision) =
            self.device(device).await?.ok_or_else(|| DevicesError::NoSuchDevice(device.clone()))?;
        body.status = DeviceStatus::Revoked;
        let write = put_device(&body, Expected::Revision(revision))?;
        self.begin(actor, "device-revoked", device).write(write).commit(now).await?;
        Ok(())
    }

    /// Stores those of the default checks that are not there yet; never changes one that is. How many were added.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_default_checks(&self, actor: Actor, now: Timestamp) -> Result<usize, DevicesError> {
        let present = self.checks().await?.0;
        let mut writes = Vec::new();
        for check in default_checks()?.into_iter().filter(|check| !present.iter().any(|p| p.id == check.id)) {
            let id = check.id.to_string();
            writes.push(Write::Put { kind: Kind::Check, id, expected: Expected::New, body: body_of(&check)? });
        }
        let count = writes.len();
        if count > 0 {
            let begun = self.0.changes.begin(actor, "default-checks-added", "check/*");
            writes.into_iter().fold(begun.detail(json!({ "count": count })), Change::write).commit(now).await?;
        }
        Ok(count)
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.changes.store()
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.0.changes
    }

    pub(crate) fn tickets(&self) -> &TicketKey {
        &self.0.tickets
    }

    /// Takes one request from a device's allowance: to be asked before its body is read.
    pub(crate) fn admit(&self, presented: &PresentedDevice, now: Timestamp) -> Result<(), Refusal> {
        if self.0.reports.take(presented.id.as_str(), now) { Ok(()) } else { Err(Refusal::TooMany) }
    }

    pub(crate) fn guesses(&self) -> &Limiter {
        &self.0.guesses
    }

    /// A device's document and its revision.
    pub(crate) async fn device(&self, id: &DeviceId) -> Result<Option<(Device, u64)>, DevicesError> {
        let Some(document) = self.store().get(Kind::Device, id.as_str()).await? else {
            return Ok(None);
        };
        Ok(Some((read(&document)?, document.revision)))
    }

    /// The device behind a certificate, if it is enrolled with that very key and may be used.
    pub(crate) async fn active(&self, presented: &PresentedDevice) -> Result<Device, Refusal> {
        match self.device(&presented.id).await? {
            Some((device, _)) if device.key_sha256.as_ref() != Some(&presented.key_sha256) => Err(Refusal::NotEnrolled),
            Some((device, _)) if device.status == DeviceStatus::Active => Ok(device),
            Some(_) => Err(Refusal::Revoked),
            None => Err(Refusal::NotEnrolled),
        }
    }

    /// The declared checks, and a mark that differs when any of them changes.
    pub(crate) async fn checks(&self) -> Result<(Vec<Check>, Vec<u64>), DevicesError> {
        let documents = self.store().list_all(Kind::Check).await?;
        let checks = documents.iter().map(read).collect::<Result<_, _>>()?;
        Ok((checks, documents.iter().map(|document| document.revision).collect()))
    }

    /// Begins an act on a device.
    pub(crate) fn begin(&self, actor: Actor, act: &str, device: &DeviceId) -> Change {
        self.0.changes.begin(actor, act, format!("device/{device}"))
    }
}

/// A document's body as its type.
pub(crate) fn read<T: serde::de::DeserializeOwned>(document: &Document) -> Result<T, DevicesError> {
    serde_json::from_value(document.body.clone())
        .map_err(|_| DevicesError::Damaged(format!("{}/{}", document.kind, document.id)))
}

/// A value as a document's body.
pub(crate) fn body_of(value: &impl serde::Serialize) -> Result<Value, DevicesError> {
    serde_json::to_value(value).map_err(|error| DevicesError::Damaged(error.to_string()))
}

pub(crate) fn put_device(device: &Device, expected: Expected) -> Result<Write, DevicesError> {
    Ok(Write::Put { kind: Kind::Device, id: device.id.to_string(), expected, body: body_of(device)? })
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], DevicesError> {
    Ok(*Entropy::system().bytes()?)
}
