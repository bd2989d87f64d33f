//! The two certificate authorities of the platform.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use sekisho_model::Timestamp;
use sekisho_store::Store;

use crate::certificate_authority::Ca;
use crate::error::AuthorityError;
use crate::pem::{certificate_pem, sha256_hex};

/// The device authority and the server authority. Clones share them.
#[derive(Clone)]
pub struct Authority {
    pub(crate) device: Arc<Ca>,
    pub(crate) server: Arc<Ca>,
}

impl Authority {
    /// Opens the authorities in the store; makes them if this is the first start.
    ///
    /// # Errors
    /// When the store cannot be read or written, or holds what is not an authority.
    pub async fn open(store: &Store, now: Timestamp) -> Result<Self, AuthorityError> {
        Ok(Self {
            device: Arc::new(Ca::open(store, "device-authority", "Sekisho Device Authority", now).await?),
            server: Arc::new(Ca::open(store, "server-authority", "Sekisho Server Authority", now).await?),
        })
    }

    /// The roots that a client certificate must chain to.
    ///
    /// # Errors
    /// When rustls does not take the CA certificate.
    pub fn device_ca_roots(&self) -> Result<RootCertStore, AuthorityError> {
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
    pub fn server_ca_roots(&self) -> Result<RootCertStore, AuthorityError> {
        self.server.roots()
    }

    /// The server CA in PEM, for those who must trust our hosts.
    #[must_use]
    pub fn server_ca_pem(&self) -> String {
        certificate_pem(&self.server.certificate)
    }

    /// Hexadecimal SHA-256 of the server CA's DER certificate: what an agent can be given in place of the PEM.
    #[must_use]
    pub fn server_ca_pin(&self) -> String {
        sha256_hex(&self.server.certificate)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}
