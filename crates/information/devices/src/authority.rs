//! The two certificate authorities: one for devices, one for our own hosts. Each is trusted for its one purpose only.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sekisho_capability::key_once;
use sekisho_device_protocol::enrolment::DEVICE_URI_PREFIX;
use sekisho_model::{DeviceId, Span, Timestamp};
use sekisho_store::Store;
use serde::{Deserialize, Serialize};

use crate::devices::DevicesError;
use crate::key::{DeviceKey, sha256_hex};

/// How long a CA lasts: 10 years.
const CA_LIFE: Span = Span::from_minutes(10 * 365 * 24 * 60);
/// How long a certificate of one of our hosts lasts.
const SERVER_LIFE: Span = Span::from_minutes(90 * 24 * 60);
/// How long a device certificate lasts.
const DEVICE_LIFE: Span = Span::from_minutes(30 * 24 * 60);
/// How far a device's clock may be behind ours.
const CLOCK_TOLERANCE: Span = Span::from_minutes(-5);

/// The device CA and the server CA. Their keys are sealed documents, made once.
pub struct Authority {
    device: Ca,
    server: Ca,
}

struct Ca {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A CA as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredCa {
    certificate: String,
    key: String,
}

/// A certificate for some of our hosts, with its key.
pub struct ServerCertificate {
    /// The chain: the host's certificate, then the server CA's (so that a client that only has its hash can find it).
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
    /// When it ends.
    pub not_after: Timestamp,
}

/// A certificate issued to a device.
pub(crate) struct DeviceCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) not_after: Timestamp,
}

impl Authority {
    /// Opens the authorities in the store; makes them if this is the first start.
    ///
    /// # Errors
    /// When the store cannot be read or written, or holds what is not an authority.
    pub async fn open(store: &Store, now: Timestamp) -> Result<Self, DevicesError> {
        Ok(Self {
            device: Ca::open(store, "device-authority", "Sekisho Device Authority", now).await?,
            server: Ca::open(store, "server-authority", "Sekisho Server Authority", now).await?,
        })
    }

    /// The roots that a client certificate must chain to.
    ///
    /// # Errors
    /// When rustls does not take the CA certificate.
    pub fn device_ca_roots(&self) -> Result<RootCertStore, DevicesError> {
        self.device.roots()
    }

    /// The device CA's certificate (DER): what device certificates chain to.
    #[must_use]
    pub fn device_ca_der(&self) -> &[u8] {
        &self.device.certificate
    }

    /// The roots that our own hosts' certificates chain to.
    ///
    /// # Errors
    /// When rustls does not take the CA certificate.
    pub fn server_ca_roots(&self) -> Result<RootCertStore, DevicesError> {
        self.server.roots()
    }

    /// The server CA in PEM, for those who must trust our hosts.
    #[must_use]
    pub fn server_ca_pem(&self) -> String {
        pem(&self.server.certificate)
    }

    /// Hexadecimal SHA-256 of the server CA's DER certificate: what an agent can be given in place of the PEM.
    #[must_use]
    pub fn server_ca_pin(&self) -> String {
        sha256_hex(&self.server.certificate)
    }

    /// A new key and certificate for our hosts (DNS names; a leading `*.` is allowed).
    ///
    /// # Errors
    /// When a host is not a DNS name.
    pub fn issue_server(&self, hosts: &[impl AsRef<str>], now: Timestamp) -> Result<ServerCertificate, DevicesError> {
        let key = KeyPair::generate()?;
        let not_after = now.plus(SERVER_LIFE);
        let mut params = parameters(hosts.first().map_or("sekisho", AsRef::as_ref), now, not_after)?;
        for host in hosts {
            params.subject_alt_names.push(SanType::DnsName(host.as_ref().try_into()?));
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.server.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(ServerCertificate { chain: vec![certificate.into(), self.server.certificate.clone()], key, not_after })
    }

    /// A certificate for a device's key.
    pub(crate) fn issue_device(
        &self,
        device: &DeviceId,
        key: &DeviceKey,
        now: Timestamp,
    ) -> Result<DeviceCertificate, DevicesError> {
        // INVARIANT I-17: every field is written here; of the request only the public key arrives.
        let not_after = now.plus(DEVICE_LIFE);
        let uri = format!("{DEVICE_URI_PREFIX}{device}");
        let params = client_parameters(device.as_str(), uri, now, not_after)?;
        let certificate = params.signed_by(key.info(), &self.device.issuer)?;
        Ok(DeviceCertificate { chain: vec![certificate.into(), self.device.certificate.clone()], not_after })
    }

    /// Signs a client certificate; the chain in PEM.
    pub(crate) fn sign_client(&self, params: CertificateParams, key: &KeyPair) -> Result<String, DevicesError> {
        let certificate = params.signed_by(key, &self.device.issuer)?;
        Ok(pem(certificate.der()) + &pem(&self.device.certificate))
    }
}

impl Ca {
    async fn open(store: &Store, id: &str, name: &str, now: Timestamp) -> Result<Self, DevicesError> {
        Self::read(key_once(store, id, now, || make(name, now)).await?)
    }

    fn read(body: serde_json::Value) -> Result<Self, DevicesError> {
        let damaged = || DevicesError::Damaged("the certificate authority".to_owned());
        let stored: StoredCa = serde_json::from_value(body).map_err(|_| damaged())?;
        let certificate = CertificateDer::from(STANDARD.decode(stored.certificate).map_err(|_| damaged())?);
        let key = KeyPair::try_from(STANDARD.decode(stored.key).map_err(|_| damaged())?)?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { certificate, issuer })
    }

    fn roots(&self) -> Result<RootCertStore, DevicesError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        Ok(roots)
    }
}

/// A new CA that may sign leaves and nothing below.
fn make(name: &str, now: Timestamp) -> Result<serde_json::Value, DevicesError> {
    let key = KeyPair::generate()?;
    let mut tag = [0; 4];
    rand::fill(&mut tag).map_err(|_| DevicesError::NoRandomness)?;
    let mut params = parameters(&format!("{name} {}", hex::encode(tag)), now, now.plus(CA_LIFE))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key)?;
    let stored =
        StoredCa { certificate: STANDARD.encode(certificate.der()), key: STANDARD.encode(key.serialized_der()) };
    serde_json::to_value(stored).map_err(|_| DevicesError::Damaged(name.to_owned()))
}

/// What all our certificates have: a name, a random serial number, dates, digital signature as their use.
fn parameters(name: &str, now: Timestamp, not_after: Timestamp) -> Result<CertificateParams, DevicesError> {
    let mut serial = [0; 16];
    rand::fill(&mut serial).map_err(|_| DevicesError::NoRandomness)?;
    let out_of_range = || DevicesError::Clock(now);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    // RFC 5280 bounds a common name at 64 characters; what counts is the subject alternative name.
    params.distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = now.plus(CLOCK_TOLERANCE).to_calendar().ok_or_else(out_of_range)?;
    params.not_after = not_after.to_calendar().ok_or_else(out_of_range)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// The same for a leaf that authenticates a client and does nothing else.
pub(crate) fn client_parameters(
    name: &str,
    uri: String,
    now: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, DevicesError> {
    let mut params = parameters(name, now, not_after)?;
    params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
