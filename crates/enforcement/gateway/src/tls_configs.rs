//! The TLS configurations of one worker: certificates by name, and the check of device certificates.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use sekisho_model::documents::ClientCertificate;

use crate::certificates::Certificates;

/// The protocol of a certificate authority's question (RFC 8737).
pub(crate) const ACME: &[u8] = b"acme-tls/1";

/// The TLS configurations of one worker, made again when the device authorities change.
#[derive(Default)]
pub(crate) struct TlsConfigs {
    made: RefCell<Option<Made>>,
    authority: OnceCell<Arc<ServerConfig>>,
}

struct Made {
    roots: Arc<RootCertStore>,
    none: Arc<ServerConfig>,
    optional: Arc<ServerConfig>,
    required: Option<Arc<ServerConfig>>,
}

impl TlsConfigs {
    /// The configuration that answers a certificate authority, and secures nothing else.
    pub(crate) fn for_authority(&self, certificates: &Arc<Certificates>) -> io::Result<Arc<ServerConfig>> {
        if let Some(made) = self.authority.get() {
            return Ok(made.clone());
        }
        let made = authority_config(certificates).map_err(io::Error::other)?;
        Ok(self.authority.get_or_init(|| made).clone())
    }

    /// The configuration for handshakes that ask as much of the client.
    pub(crate) fn config(
        &self,
        certificates: &Arc<Certificates>,
        asks: ClientCertificate,
    ) -> io::Result<Arc<ServerConfig>> {
        let roots = certificates.device_roots();
        let mut made = self.made.borrow_mut();
        let current = match &mut *made {
            Some(current) if Arc::ptr_eq(&current.roots, &roots) => current,
            made => made.insert(Made::new(certificates, roots).map_err(io::Error::other)?),
        };
        match asks {
            ClientCertificate::None => Ok(current.none.clone()),
            ClientCertificate::Optional => Ok(current.optional.clone()),
            ClientCertificate::Required => {
                current.required.clone().ok_or_else(|| io::ErrorKind::PermissionDenied.into())
            }
        }
    }
}

impl Made {
    fn new(
        certificates: &Arc<Certificates>,
        roots: Arc<RootCertStore>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        // A client that speaks only HTTP/1.0 says so here, and would get an alert instead of an answer.
        let make = |asks| server_config(certificates, &roots, asks, &[b"h2", b"http/1.1", b"http/1.0"]);
        let none = make(ClientCertificate::None)?;
        if roots.is_empty() {
            // Without an authority no certificate can be checked: none is asked for, and where one is required nobody enters.
            return Ok(Self { roots, optional: none.clone(), required: None, none });
        }
        let (optional, required) = (make(ClientCertificate::Optional)?, Some(make(ClientCertificate::Required)?));
        Ok(Self { roots, none, optional, required })
    }
}

/// A configuration that shows these certificates, asks for as much of the client, and speaks one of these protocols.
pub(crate) fn server_config(
    certificates: &Arc<Certificates>,
    roots: &Arc<RootCertStore>,
    asks: ClientCertificate,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    let verifier = || WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
    let builder = match asks {
        ClientCertificate::None => builder.with_no_client_auth(),
        ClientCertificate::Optional => builder.with_client_cert_verifier(verifier().allow_unauthenticated().build()?),
        ClientCertificate::Required => builder.with_client_cert_verifier(verifier().build()?),
    };
    let mut config = builder.with_cert_resolver(Arc::new(ByName(certificates.clone())));
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config.max_early_data_size = 0;
    if asks != ClientCertificate::None {
        // INVARIANT I-5: what a certificate proved in an earlier handshake proves nothing now: it may have expired since. Where one is
        // asked for, no handshake is resumed, and each shows it again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(Arc::new(config))
}

fn authority_config(certificates: &Arc<Certificates>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ByQuestion(certificates.clone())));
    config.alpn_protocols = vec![ACME.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct ByQuestion(Arc<Certificates>);

impl ResolvesServerCert for ByQuestion {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // RFC 8737, section 3: an authority offers this protocol and no other.
        let only = hello.alpn()?.eq([ACME]);
        self.0.for_challenge(&hello.server_name()?.to_ascii_lowercase()).filter(|_| only)
    }
}

#[derive(Debug)]
struct ByName(Arc<Certificates>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.for_host(&hello.server_name()?.to_ascii_lowercase())
    }
}
