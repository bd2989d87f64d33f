//! Certificates for enforcement points that are not ours: a key and a certificate of the device authority, for client
//! authentication and nothing else.

use rcgen::{KeyPair, PublicKeyData};
use sekisho_device_protocol::enrolment::DEVICE_URI_PREFIX;
use sekisho_model::documents::EnforcementPoint;
use sekisho_model::{EnforcementPointId, Span, Timestamp};
use zeroize::Zeroizing;

use crate::authority::{Authority, client_parameters};
use crate::devices::DevicesError;
use crate::key::sha256_hex;

/// How long one lasts: its renewal is a command, not a program's.
const LIFE: Span = Span::from_minutes(365 * 24 * 60);

/// A new key with its certificate. The key is kept nowhere.
pub struct CallerCertificate {
    /// The chain in PEM.
    pub chain: String,
    /// The private key in PEM (PKCS #8).
    pub key: Zeroizing<String>,
    /// Hexadecimal SHA-256 of the public key.
    pub key_sha256: String,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Authority {
    /// A key and a certificate for an enforcement point.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn issue_caller(&self, point: &EnforcementPointId, now: Timestamp) -> Result<CallerCertificate, DevicesError> {
        let (key, not_after) = (KeyPair::generate()?, now.plus(LIFE));
        let name = format!("{}{point}", EnforcementPoint::CERTIFICATE_NAME);
        let params = client_parameters(&name, format!("{DEVICE_URI_PREFIX}{name}"), now, not_after)?;
        Ok(CallerCertificate {
            chain: self.sign_client(params, &key)?,
            key: Zeroizing::new(key.serialize_pem()),
            key_sha256: sha256_hex(&key.subject_public_key_info()),
            not_after,
        })
    }
}
