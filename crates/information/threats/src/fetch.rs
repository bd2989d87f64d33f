//! Requests to servers that documents name: one connection for each, short and bounded. A redirection is no answer: a feed is read, and a
//! message is sent, where its document says.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use sekisho_model::documents::is_never_an_application;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::failure::FeedFailure;

/// How long handing over a message may take, all in all.
const POST_LIMIT: Duration = Duration::from_secs(10);
/// How long a request may take, all in all.
const LIMIT: Duration = Duration::from_secs(30);
/// How many addresses of a host are tried.
const ADDRESSES: usize = 4;
/// The largest answer.
const BODY: usize = 32 * 1024 * 1024;

/// Asks servers that documents name. Clones share the trusted authorities.
#[derive(Clone)]
pub struct Fetch(TlsConnector);

impl std::fmt::Debug for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fetch")
    }
}

/// An answer.
pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Fetch {
    /// Trusts whom the system trusts.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        let (_, unreadable) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if unreadable > 0 {
            tracing::warn!(unreadable, "some certificates of the system's authorities cannot be read");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Asks for what is at an address that a feed's document holds, or at one below it.
    pub(crate) async fn get(&self, url: &str, headers: HeaderMap) -> Result<Fetched, FeedFailure> {
        let late = || FeedFailure::Unreachable(format!("no whole answer within {} seconds", LIMIT.as_secs()));
        timeout(LIMIT, self.exchange(url, Method::GET, headers, Bytes::new())).await.unwrap_or_else(|_| Err(late()))
    }

    /// Hands a message over. What the answer holds besides its status is not read.
    ///
    /// # Errors
    /// Why it did not arrive, or that the answer is not 2xx.
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Bytes) -> Result<(), String> {
        let late = || format!("no whole answer within {} seconds", POST_LIMIT.as_secs());
        let exchange = self.exchange(url, Method::POST, headers, body);
        let fetched =
            timeout(POST_LIMIT, exchange).await.map_err(|_| late())?.map_err(|failure| failure.to_string())?;
        if fetched.status.is_success() { Ok(()) } else { Err(format!("answers {}", fetched.status.as_u16())) }
    }

    async fn exchange(
        &self,
        url: &str,
        method: Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Fetched, FeedFailure> {
        let uri: Uri = url.parse().map_err(unreachable)?;
        let is_tls = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let request = request(&uri, method, headers, body)?;
        let stream = connect(&host, port).await?;
        if !is_tls {
            return send(stream, request).await;
        }
        let name = ServerName::try_from(host).map_err(unreachable)?;
        send(self.0.connect(name, stream).await.map_err(unreachable)?, request).await
    }
}

/// A connection to the first address of a host that takes it; never to one where a cloud keeps the secrets of a machine.
async fn connect(host: &str, port: u16) -> Result<TcpStream, FeedFailure> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(unreachable)?;
    let mut last = FeedFailure::Unreachable(format!("`{host}` has no address that may be asked"));
    let usable = found.filter(|address| !is_never_an_application(address.ip().to_canonical()));
    for address in usable.take(ADDRESSES) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = unreachable(error),
        }
    }
    Err(last)
}

fn request(uri: &Uri, method: Method, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, FeedFailure> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::builder().method(method).uri(path);
    let mut request = request.body(Full::new(body)).map_err(unreachable)?;
    let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    *request.headers_mut() = headers;
    request.headers_mut().insert(HOST, HeaderValue::try_from(host).map_err(unreachable)?);
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("sekisho"));
    Ok(request)
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Fetched, FeedFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    // Its end is seen by the exchange.
    tokio::spawn(async move { drop(connection.await) });
    let (parts, body) = sender.send_request(request).await.map_err(unreachable)?.into_parts();
    let body = Limited::new(body, BODY).collect().await.map_err(|error| {
        let is_large = error.downcast_ref::<http_body_util::LengthLimitError>().is_some();
        if is_large { FeedFailure::TooLarge("32 MiB") } else { FeedFailure::Unreachable(error.to_string()) }
    })?;
    Ok(Fetched { status: parts.status, headers: parts.headers, body: body.to_bytes() })
}

fn unreachable(error: impl std::fmt::Display) -> FeedFailure {
    FeedFailure::Unreachable(error.to_string())
}
