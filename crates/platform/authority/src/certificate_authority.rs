//! One authority: its sealed key, and what all its certificates have in common.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use sekisho_capability::{Entropy, key_once};
use sekisho_model::{Span, Timestamp};
use sekisho_store::Store;
use serde::{Deserialize, Serialize};

use crate::error::AuthorityError;

/// How long an authority lasts: 10 years.
const LIFE: Span = Span::from_minutes(10 * 365 * 24 * 60);
/// How far a client's clock may be behind ours.
const CLOCK_TOLERANCE: Span = Span::from_minutes(-5);

pub(crate) struct Ca {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) issuer: Issuer<'static, KeyPair>,
}

/// An authority as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredCa {
    certificate: String,
    key: String,
}

impl Ca {
    pub(crate) async fn open(store: &Store, id: &str, name: &str, now: Timestamp) -> Result<Self, AuthorityError> {
        Self::read(key_once(store, id, now, || make(name, now)).await?)
    }

    fn read(body: serde_json::Value) -> Result<Self, AuthorityError> {
        let damaged = || AuthorityError::Damaged("the certificate authority".to_owned());
        let stored: StoredCa = serde_json::from_value(body).map_err(|_| damaged())?;
        let certificate = CertificateDer::from(STANDARD.decode(stored.certificate).map_err(|_| damaged())?);
        let key = KeyPair::try_from(STANDARD.decode(stored.key).map_err(|_| damaged())?)?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { certificate, issuer })
    }

    pub(crate) fn roots(&self) -> Result<RootCertStore, AuthorityError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        Ok(roots)
    }
}

/// A new authority that may sign leaves and no further authority.
fn make(name: &str, now: Timestamp) -> Result<serde_json::Value, AuthorityError> {
    let key = KeyPair::generate()?;
    let tag = Entropy::system().bytes::<4>()?;
    let mut params = parameters(&format!("{name} {}", hex::encode(tag.as_slice())), now, now.plus(LIFE))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key)?;
    let stored =
        StoredCa { certificate: STANDARD.encode(certificate.der()), key: STANDARD.encode(key.serialized_der()) };
    serde_json::to_value(stored).map_err(|_| AuthorityError::Damaged(name.to_owned()))
}

/// What all our certificates have: a name, a random serial number, dates, digital signature as their use.
pub(crate) fn parameters(
    name: &str,
    now: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, AuthorityError> {
    let serial = Entropy::system().bytes::<16>()?;
    let out_of_range = || AuthorityError::Clock(now);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    // RFC 5280 bounds a common name at 64 characters; what counts is the subject alternative name.
    params.distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
    params.serial_number = Some(SerialNumber::from_slice(serial.as_slice()));
    params.not_before = now.plus(CLOCK_TOLERANCE).to_calendar().ok_or_else(out_of_range)?;
    params.not_after = not_after.to_calendar().ok_or_else(out_of_range)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
