//! A certificate as it is shown to browsers.

use std::fmt;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// A certificate chain with its key.
pub struct ServedCertificate {
    /// The hosts it is for; empty makes it the one for every other host.
    pub hosts: Vec<String>,
    /// The chain, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's private key.
    pub key: PrivateKeyDer<'static>,
}

impl ServedCertificate {
    /// Whether the key can be used and belongs to the certificate.
    ///
    /// # Errors
    /// What rustls says when not.
    pub(crate) fn fits(&self) -> Result<(), rustls::Error> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        CertifiedKey::from_der(self.chain.clone(), self.key.clone_key(), &provider).map(drop)
    }
}

impl fmt::Debug for ServedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedCertificate").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}
