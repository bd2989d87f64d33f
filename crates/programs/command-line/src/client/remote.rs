//! A platform elsewhere: its host, how it is recognised, and what speaks for the command there.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use sekisho_agent::ServerAddress;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::credential::Credential;
use crate::Failure;

/// The host that is asked.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    address: ServerAddress,
    trusts: Vec<Arc<ClientConfig>>,
    credential: Option<Credential>,
}

impl Remote {
    /// A host whose certificate must be from an authority of one of these; they are tried in their order.
    pub(crate) fn new(address: ServerAddress, trusts: Vec<ClientConfig>, credential: Option<Credential>) -> Self {
        let http = |mut trust: ClientConfig| {
            trust.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(trust)
        };
        Self { address, trusts: trusts.into_iter().map(http).collect(), credential }
    }

    /// The name and port of the host.
    pub(super) fn authority(&self) -> String {
        self.address.authority()
    }

    pub(super) const fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// Connects, and makes sure that it is the host that was named. Nothing is sent before.
    pub(super) async fn connect(&self) -> Result<TlsStream<TcpStream>, Failure> {
        let mut last = io::Error::other("this system trusts no authority");
        for trust in &self.trusts {
            match self.attempt(trust).await {
                Ok(stream) => return Ok(stream),
                Err(error) if is_untrusted(&error) => last = error,
                Err(error) => return Err(self.unreachable(&error)),
            }
        }
        Err(self.unreachable(&last))
    }

    async fn attempt(&self, trust: &Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(self.address.host.to_string()).map_err(io::Error::other)?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
        for address in self.address.addresses().await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // A question is one small message: nothing to gather.
                    stream.set_nodelay(true)?;
                    return TlsConnector::from(Arc::clone(trust)).connect(name, stream).await;
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        let what_helps = match self.trusts.is_empty() || is_untrusted(error) {
            true => {
                "\nIts certificate is not from an authority that is trusted here: name the platform's with `--ca FILE` or `--pin`."
            }
            false => "",
        };
        Failure::unavailable(format_args!("{} could not be reached: {error}{what_helps}", self.authority()))
    }
}

/// The authorities that this system trusts; none where it trusts none.
pub(crate) fn system_trust() -> Option<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // What the system keeps and rustls does not understand vouches for nobody.
        let _ = roots.add(certificate);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    (!roots.is_empty()).then(|| builder.with_root_certificates(roots).with_no_client_auth())
}

/// Whether a certificate was refused because of who issued it: nobody who is trusted, or somebody of the same name.
fn is_untrusted(error: &io::Error) -> bool {
    let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(
        refused,
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature))
    )
}
