//! TLS: which certificate, and whether to ask for the device's, by the name that the client asks for. A certificate authority's
//! question whether a host is ours is answered here, and goes no further.
//!
//! Step 2 of the life of a request; next: `crates/enforcement/http-server/src/http1/connection.rs`.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::Acceptor as TlsAcceptor;
use sekisho_http_server::ReadAhead;
use sekisho_model::documents::ClientCertificate;
use sekisho_model::{Host, PresentedDevice};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use crate::acceptor::Acceptor;
use crate::services::Services;
use crate::tls_configs::ACME;
use crate::worker::Worker;

/// What a handshake came to.
pub(crate) struct Secured {
    pub(crate) stream: TlsStream<ReadAhead<TcpStream>>,
    pub(crate) server_name: Host,
    pub(crate) device: Option<PresentedDevice>,
    pub(crate) http2: bool,
}

/// Shakes hands. Nothing is left to serve when a certificate authority asked whether a host is ours.
pub(crate) async fn secure(acceptor: &Acceptor, stream: TcpStream) -> io::Result<Option<Secured>> {
    let Acceptor { worker, services, handshake, tls, .. } = acceptor;
    let start = LazyConfigAcceptor::new(TlsAcceptor::default(), ReadAhead::new(stream)).await?;
    let server_name: Host = {
        let hello = start.client_hello();
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == ACME)) {
            return answer_authority(tls.for_authority(&handshake.certificates)?, start).await.map(|()| None);
        }
        let name = hello.server_name().ok_or(io::ErrorKind::InvalidInput)?;
        name.parse().map_err(|_| io::ErrorKind::InvalidInput)?
    };
    let config = tls.config(&handshake.certificates, asks_for(worker, services, &server_name))?;
    let stream = start.into_stream(config).await?;
    let (_, session) = stream.get_ref();
    let device = session.peer_certificates().and_then(<[_]>::first).and_then(|leaf| (handshake.devices)(leaf));
    let http2 = session.alpn_protocol() == Some(b"h2");
    Ok(Some(Secured { server_name, device, http2, stream }))
}

/// Shows the certificate that answers the question, and closes. Who asks when there is nothing to answer is refused.
async fn answer_authority(config: Arc<ServerConfig>, start: StartHandshake<ReadAhead<TcpStream>>) -> io::Result<()> {
    // INVARIANT I-24: this configuration knows no certificate but the open question's, and what it secured is closed unread.
    start.into_stream(config).await?.shutdown().await
}

/// Whether the handshake for a host asks for the device's certificate.
fn asks_for(worker: &Worker, services: &Services, host: &Host) -> ClientCertificate {
    if let Some(asks) = services.client_certificate(host) {
        return asks;
    }
    let world = worker.current.world();
    let resource = world.resource_by_host(host.as_str()).and_then(|handle| world.resource(handle));
    resource.map_or(ClientCertificate::None, |resource| resource.client_certificate)
}
