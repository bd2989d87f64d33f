//! TLS for listeners of other protocols, whose clients are devices: the same certificates and the same check of the device's.

use std::io;
use std::sync::Arc;

use rustls::{RootCertStore, ServerConfig};
use sekisho_model::documents::ClientCertificate;

use crate::certificates::Certificates;
use crate::tls_configs::server_config;

/// The configuration of one listener that requires the device's certificate, made again when the device authorities change.
pub struct DeviceTls {
    certificates: Arc<Certificates>,
    protocols: &'static [&'static [u8]],
    made: Option<(Arc<RootCertStore>, Arc<ServerConfig>)>,
}

impl DeviceTls {
    /// With these certificates, for clients that speak one of these protocols (ALPN) or name none.
    #[must_use]
    pub const fn new(certificates: Arc<Certificates>, protocols: &'static [&'static [u8]]) -> Self {
        Self { certificates, protocols, made: None }
    }

    /// The configuration for the next handshake.
    ///
    /// # Errors
    /// When there is no device authority: nobody could enter.
    pub fn config(&mut self) -> io::Result<Arc<ServerConfig>> {
        let roots = self.certificates.device_roots();
        if let Some((of, config)) = &self.made
            && Arc::ptr_eq(of, &roots)
        {
            return Ok(config.clone());
        }
        if roots.is_empty() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let config = server_config(&self.certificates, &roots, ClientCertificate::Required, self.protocols);
        let config = config.map_err(io::Error::other)?;
        self.made = Some((roots, config.clone()));
        Ok(config)
    }
}
