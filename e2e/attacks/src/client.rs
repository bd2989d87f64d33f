//! A client that sends bytes as they are: no library between the attack and the socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long a client waits for anything.
const PATIENCE: Duration = Duration::from_secs(15);

/// A TLS connection and the bytes that came over it and were not read as a response yet.
pub struct Client {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
    ended: bool,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The fields in order, names as sent.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a client got no further.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The handshake failed or the connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
    /// Nothing came in time.
    #[error("nothing came in time")]
    TimedOut,
    /// What came is no response.
    #[error("not a response: {0}")]
    NotAResponse(String),
}

/// TLS settings that trust one authority or self-signed certificate, with those protocols offered.
///
/// # Errors
/// When the certificate is not one.
pub fn trusting(certificate: &[u8], protocols: &[&[u8]]) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate.to_vec()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
}

impl Response {
    /// The values of a field, by name without regard to case.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The first value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the connection ends with it.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.values("connection").iter().any(|value| value.eq_ignore_ascii_case("close"))
    }
}

impl Client {
    /// Connects and shakes hands for a host.
    ///
    /// # Errors
    /// When the connection or the handshake fails.
    pub async fn connect(address: SocketAddr, config: Arc<ClientConfig>, host: &str) -> Result<Self, ClientError> {
        let connecting = async {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
            TlsConnector::from(config).connect(name, tcp).await
        };
        let stream = timeout(PATIENCE, connecting).await.map_err(|_| ClientError::TimedOut)??;
        Ok(Self { stream, buffer: Vec::new(), ended: false })
    }

    /// The TLS stream itself, for other protocols.
    #[must_use]
    pub fn into_stream(self) -> TlsStream<TcpStream> {
        self.stream
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the connection broke.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// The next bytes, whatever they are; `None` at the end of the connection.
    ///
    /// # Errors
    /// When nothing came in time.
    pub async fn bytes(&mut self) -> Result<Option<Vec<u8>>, ClientError> {
        if self.buffer.is_empty() && !self.fill().await? {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.buffer)))
    }

    /// The next response to a request of that method; `None` at the end of the connection.
    ///
    /// # Errors
    /// When nothing came in time, or something that is no response.
    pub async fn response(&mut self, method: &str) -> Result<Option<Response>, ClientError> {
        let head_end = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.fill().await? {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => Err(ClientError::NotAResponse(String::from_utf8_lossy(&self.buffer).into_owned())),
                };
            }
        };
        let head: Vec<u8> = self.buffer.drain(..head_end).collect();
        let mut response = read_head(&head)?;
        if method != "HEAD" && response.status >= 200 && !matches!(response.status, 204 | 304) {
            response.body = self.body(&response).await?;
        }
        Ok(Some(response))
    }

    async fn body(&mut self, response: &Response) -> Result<Vec<u8>, ClientError> {
        if response.field("transfer-encoding") == Some("chunked") {
            let mut body = Vec::new();
            loop {
                let size = usize::from_str_radix(&self.line().await?, 16)
                    .map_err(|_| ClientError::NotAResponse("a chunk's size".to_owned()))?;
                body.extend(self.exactly(size).await?);
                self.line().await?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match response.field("content-length").map(str::parse::<usize>) {
            Some(Ok(length)) => self.exactly(length).await,
            Some(Err(_)) => Err(ClientError::NotAResponse("a length".to_owned())),
            None => {
                while self.fill().await? {}
                Ok(std::mem::take(&mut self.buffer))
            }
        }
    }

    async fn line(&mut self) -> Result<String, ClientError> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|window| window == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, ClientError> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn more(&mut self) -> Result<(), ClientError> {
        if self.fill().await? { Ok(()) } else { Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()) }
    }

    /// Reads more; `false` at the end of the connection, however it ended.
    async fn fill(&mut self) -> Result<bool, ClientError> {
        if self.ended {
            return Ok(false);
        }
        let read =
            timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await.map_err(|_| ClientError::TimedOut)?;
        self.ended = !matches!(read, Ok(length) if length > 0);
        Ok(!self.ended)
    }
}

fn read_head(head: &[u8]) -> Result<Response, ClientError> {
    let wrong = || ClientError::NotAResponse(String::from_utf8_lossy(head).into_owned());
    let text = std::str::from_utf8(head).map_err(|_| wrong())?;
    let mut lines = text.trim_end_matches("\r\n").split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).and_then(|rest| rest.get(..3));
    let status = status.and_then(|status| status.parse().ok()).ok_or_else(wrong)?;
    let field = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fields = lines.map(|line| field(line).ok_or_else(wrong)).collect::<Result<_, _>>()?;
    Ok(Response { status, fields, body: Vec::new() })
}
