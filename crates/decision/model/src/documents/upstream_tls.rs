//! How the connection to an application is secured: whom the gateway trusts, and as whom it shows itself.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};

use super::text_form::text_form;

use crate::Host;

/// TLS to an application. At least one of `authorities` and `pins` is there; where both are, both must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct UpstreamTls {
    /// The name that is asked for (SNI), and that a certificate of an authority must be for.
    pub server_name: Host,
    /// The authorities whose certificates are trusted: PEM.
    pub authorities: Option<Authorities>,
    /// SHA-256 of the public keys (SPKI) that the application's own certificate may have.
    pub pins: Vec<Pin>,
    /// The certificate that the gateway shows.
    pub client_certificate: Option<ClientIdentity>,
}

/// Certificates of authorities, as PEM.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Authorities(String);

/// SHA-256 of a public key, in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin([u8; 32]);

/// Files on the gateway's machine, both PEM. Only their names are in the document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientIdentity {
    /// The certificate and those between it and its authority.
    pub certificate_file: String,
    /// Its private key.
    pub key_file: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    server_name: Host,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authorities: Option<Authorities>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pins: Vec<Pin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_certificate: Option<ClientIdentity>,
}

impl TryFrom<Written> for UpstreamTls {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { server_name, authorities, pins, client_certificate } = written;
        if authorities.is_none() && pins.is_empty() {
            return Err("`tls` trusts nobody: write `authorities` or `pins`".to_owned());
        }
        for file in client_certificate.iter().flat_map(|identity| [&identity.certificate_file, &identity.key_file]) {
            if !file.starts_with('/') {
                return Err(format!("`{}` is not a whole path: write one that begins with `/`", file.escape_debug()));
            }
        }
        Ok(Self { server_name, authorities, pins, client_certificate })
    }
}

impl From<UpstreamTls> for Written {
    fn from(tls: UpstreamTls) -> Self {
        let UpstreamTls { server_name, authorities, pins, client_certificate } = tls;
        Self { server_name, authorities, pins, client_certificate }
    }
}

impl Authorities {
    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(self.0.as_bytes()).filter_map(Result::ok).collect()
    }
}

impl TryFrom<String> for Authorities {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        match read {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(text)),
            _ => Err("`authorities` holds no certificate: write PEM, from `-----BEGIN CERTIFICATE-----`".to_owned()),
        }
    }
}

impl From<Authorities> for String {
    fn from(authorities: Authorities) -> Self {
        authorities.0
    }
}

impl Pin {
    /// The pin with that digest.
    #[must_use]
    pub const fn of(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// The digest.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{}` is not a pin: write the SHA-256 of the public key (SPKI) in base64", text.escape_debug());
        let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
        bytes.try_into().map(Self).map_err(|_| wrong())
    }
}

text_form!(Pin);

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}
