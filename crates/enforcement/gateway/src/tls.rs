//! TLS: which certificate, and whether to ask for the device's, by the name that the client asks for. A certificate authority's
//! question whether a host is ours is answered here, and goes no further.
//!
//! Step 2 of the life of a request; next: `crates/enforcement/http-server/src/http1/connection.rs`.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::server::{Acceptor, ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use sekisho_http_server::ReadAhead;
use sekisho_model::documents::ClientCertificate;
use sekisho_model::{Host, PresentedDevice};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use crate::Certificates;
use crate::worker::Worker;

/// The protocol of a certificate authority's question (RFC 8737).
const ACME: &[u8] = b"acme-tls/1";

/// What a handshake came to.
pub(crate) struct Secured {
    pub(crate) stream: TlsStream<ReadAhead<TcpStream>>,
    pub(crate) server_name: Host,
    pub(crate) device: Option<PresentedDevice>,
    pub(crate) http2: bool,
}

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

/// Shakes hands. Nothing is left to serve when a certificate authority asked whether a host is ours.
pub(crate) async fn secure(worker: &Worker, tls: &TlsConfigs, stream: TcpStream) -> io::Result<Option<Secured>> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), ReadAhead::new(stream)).await?;
    let server_name: Host = {
        let hello = start.client_hello();
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == ACME)) {
            return answer_authority(tls.for_authority(&worker.shared.certificates)?, start).await.map(|()| None);
        }
        let name = hello.server_name().ok_or(io::ErrorKind::InvalidInput)?;
        name.parse().map_err(|_| io::ErrorKind::InvalidInput)?
    };
    let config = tls.config(&worker.shared.certificates, asks_for(worker, &server_name))?;
    let stream = start.into_stream(config).await?;
    let (_, session) = stream.get_ref();
    let device = session.peer_certificates().and_then(<[_]>::first).and_then(|leaf| (worker.shared.devices)(leaf));
    let http2 = session.alpn_protocol() == Some(b"h2");
    Ok(Some(Secured { server_name, device, http2, stream }))
}

/// Shows the certificate that answers the question, and closes. Who asks when there is nothing to answer is refused.
async fn answer_authority(config: Arc<ServerConfig>, start: StartHandshake<ReadAhead<TcpStream>>) -> io::Result<()> {
    // INVARIANT I-24: this configuration knows no certificate but the open question's, and what it secured is closed unread.
    start.into_stream(config).await?.shutdown().await
}

/// Whether the handshake for a host asks for the device's certificate.
fn asks_for(worker: &Worker, host: &Host) -> ClientCertificate {
    if let Some(local) = worker.shared.local.iter().find(|local| local.host == *host) {
        return local.client_certificate;
    }
    if worker.shared.decisions.as_ref().is_some_and(|decisions| decisions.host == *host) {
        return ClientCertificate::Optional;
    }
    let world = worker.world();
    let resource = world.resource_by_host(host.as_str()).and_then(|handle| world.resource(handle));
    resource.map_or(ClientCertificate::None, |resource| resource.client_certificate)
}

impl TlsConfigs {
    fn for_authority(&self, certificates: &Arc<Certificates>) -> io::Result<Arc<ServerConfig>> {
        if let Some(made) = self.authority.get() {
            return Ok(made.clone());
        }
        let made = authority_config(certificates).map_err(io::Error::other)?;
        Ok(self.authority.get_or_init(|| made).clone())
    }

    fn config(&self, certificates: &Arc<Certificates>, asks: ClientCertificate) -> io::Result<Arc<ServerConfig>> {
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
        let make = |asks| server_config(certificates, &roots, asks);
        let none = make(ClientCertificate::None)?;
        if roots.is_empty() {
            // Without an authority no certificate can be checked: none is asked for, and where one is required nobody enters.
            return Ok(Self { roots, optional: none.clone(), required: None, none });
        }
        let (optional, required) = (make(ClientCertificate::Optional)?, Some(make(ClientCertificate::Required)?));
        Ok(Self { roots, none, optional, required })
    }
}

fn server_config(
    certificates: &Arc<Certificates>,
    roots: &Arc<RootCertStore>,
    asks: ClientCertificate,
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
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.max_early_data_size = 0;
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
