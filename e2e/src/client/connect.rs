//! TLS connections to the platform that trust its authority, and only that.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::Trouble;

/// An open WebSocket.
pub type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// Connects to one platform, whatever the host name.
#[derive(Clone)]
pub struct Connector {
    tls: TlsConnector,
    address: SocketAddr,
    from: Ipv4Addr,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connector({})", self.address)
    }
}

impl Connector {
    /// A connector to that address that trusts the authority in that PEM file.
    pub fn new(address: SocketAddr, authority: &Path) -> Result<Self, Trouble> {
        Self::by_clock(address, authority, Arc::new(DefaultTimeProvider))
    }

    /// The same for whom it is another time.
    pub fn by_clock(address: SocketAddr, authority: &Path, clock: Arc<dyn TimeProvider>) -> Result<Self, Trouble> {
        let wrong = |error: &dyn std::fmt::Display| Trouble::new(format!("{}: {error}", authority.display()));
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(authority).map_err(|e| wrong(&e))? {
            roots.add(certificate.map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_details(provider, clock)
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(&e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), address, from: Ipv4Addr::LOCALHOST })
    }

    /// The same from another address of this machine.
    #[must_use]
    pub fn from(&self, address: Ipv4Addr) -> Self {
        Self { from: address, ..self.clone() }
    }

    /// The same over HTTP/2.
    #[must_use]
    pub fn over_http2(&self) -> Self {
        let mut config = rustls::ClientConfig::clone(self.tls.config());
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self { tls: TlsConnector::from(Arc::new(config)), ..self.clone() }
    }

    /// The port that addresses are written with.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A TLS connection for a host.
    pub async fn connect(&self, host: &str) -> Result<TlsStream<TcpStream>, Trouble> {
        let socket = TcpSocket::new_v4().map_err(Trouble::during("a socket"))?;
        socket.bind((self.from, 0).into()).map_err(Trouble::during(self.from))?;
        let stream = socket.connect(self.address).await.map_err(Trouble::during(self.address))?;
        let name = ServerName::try_from(host.to_owned()).map_err(Trouble::during(host))?;
        self.tls.connect(name, stream).await.map_err(Trouble::during(host))
    }

    /// A connection that is kept for many requests.
    pub async fn keep(&self, host: &str) -> Result<Keeping, Trouble> {
        let stream = TokioIo::new(self.connect(host).await?);
        let (sender, connection) =
            hyper::client::conn::http1::handshake(stream).await.map_err(Trouble::during(host))?;
        // Its end is seen by whoever sends next.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Keeping { sender })
    }

    /// A connection over HTTP/2 for many requests at once. The TLS settings must offer it.
    pub async fn share(&self, host: &str) -> Result<Sharing, Trouble> {
        let stream = TokioIo::new(self.connect(host).await?);
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await;
        let (sender, connection) = handshake.map_err(Trouble::during(host))?;
        // Its end is seen by whoever sends next.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Sharing { sender })
    }

    /// Opens a WebSocket.
    pub async fn socket(&self, host: &str, path: &str, cookie: &str) -> Result<Socket, Trouble> {
        let url = format!("wss://{host}:{}{path}", self.port());
        let request = Request::get(&url)
            .header("Host", format!("{host}:{}", self.port()))
            .header("Origin", format!("https://{host}:{}", self.port()))
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("Cookie", cookie)
            .body(())
            .map_err(Trouble::during(&url))?;
        let stream = self.connect(host).await?;
        // The default clears 128 KiB before each read, which is what thousands of sockets would be busy with.
        let small = WebSocketConfig::default().read_buffer_size(4096);
        let agreed = tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await;
        let (socket, _) = agreed.map_err(Trouble::during(&url))?;
        Ok(socket)
    }
}

/// A connection that is kept open.
#[derive(Debug)]
pub struct Keeping {
    sender: SendRequest<Full<Bytes>>,
}

impl Keeping {
    /// Sends one request and waits for the head of the response.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Trouble> {
        self.sender.ready().await.map_err(Trouble::during("the connection"))?;
        self.sender.send_request(request).await.map_err(Trouble::during("a request"))
    }
}

/// A connection over HTTP/2. Clones share it.
#[derive(Debug, Clone)]
pub struct Sharing {
    sender: hyper::client::conn::http2::SendRequest<Full<Bytes>>,
}

impl Sharing {
    /// Sends one request and waits for the head of the response. `None` when the server did not begin to serve it, as one that
    /// goes away says (RFC 9113, 6.8): it is to be sent on another connection.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Option<Response<Incoming>>, Trouble> {
        if self.sender.ready().await.is_err() {
            return Ok(None);
        }
        match self.sender.send_request(request).await {
            Ok(response) => Ok(Some(response)),
            Err(error) if is_unserved(&error) => Ok(None),
            Err(error) => Err(Trouble::new(format!("a request: {error:?}"))),
        }
    }
}

/// Whether an error says that the request was not begun to be served.
fn is_unserved(error: &hyper::Error) -> bool {
    let of_http2 = std::error::Error::source(error).and_then(|source| source.downcast_ref::<h2::Error>());
    let left_alone = |error: &h2::Error| {
        error.reason() == Some(h2::Reason::REFUSED_STREAM)
            || (error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR))
    };
    error.is_canceled() || of_http2.is_some_and(left_alone)
}
