//! One HTTP exchange with the devices host over TLS: connect, send, read, close. Bounded in time and size.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use sekisho_device_protocol::report::Ticket;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::AgentError;
use crate::server::ServerAddress;

/// How long one exchange may take.
const TIME_LIMIT: Duration = Duration::from_secs(15);
/// The most bytes an answer may have.
const MAX_ANSWER: usize = 1024 * 1024;

/// A client of the devices host.
pub(crate) struct Client {
    server: ServerAddress,
    tls: TlsConnector,
}

/// The server's answer, and the certificates it showed.
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

/// Why an exchange came to nothing.
pub(crate) enum Failure {
    /// The report was not the next one: here is the ticket to use.
    NotNext(Ticket),
    /// Anything else.
    Error(AgentError),
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        Self::Error(error)
    }
}

impl From<Failure> for AgentError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error,
            Failure::NotNext(_) => {
                Self::Refused { status: 409, code: "report-not-next".to_owned(), detail: String::new() }
            }
        }
    }
}

/// A problem document as far as the agent reads it.
#[derive(Deserialize)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: String,
    next: Option<Ticket>,
}

impl Client {
    pub(crate) fn new(server: ServerAddress, mut tls: ClientConfig) -> Self {
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { server, tls: TlsConnector::from(Arc::new(tls)) }
    }

    /// Gets a JSON value.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        Ok(self.exchange(Method::GET, path, Bytes::new()).await?.value)
    }

    /// Posts a JSON value for another.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        value: &impl Serialize,
    ) -> Result<Answer<T>, Failure> {
        let body = serde_json::to_vec(value).map_err(|error| self.broke_off(error))?;
        self.exchange(Method::POST, path, Bytes::from(body)).await
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer<T>, Failure> {
        let whole = async {
            let stream = self.connect().await?;
            let chain = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
            let (status, bytes) = self.send(stream, method, path, body).await?;
            if status.is_success() {
                let value = serde_json::from_slice(&bytes).map_err(|error| self.broke_off(error))?;
                return Ok(Answer { value, chain });
            }
            Err(refusal(status, &bytes))
        };
        match tokio::time::timeout(TIME_LIMIT, whole).await {
            Ok(result) => result,
            Err(_) => Err(self.broke_off("it took too long").into()),
        }
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>, AgentError> {
        let unreachable = |source| AgentError::Unreachable { server: self.server.authority(), source };
        let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "its name has no address");
        let name = ServerName::try_from(self.server.host.to_string())
            .map_err(|_| AgentError::Address(self.server.host.to_string()))?;
        for address in self.server.addresses().await.map_err(unreachable)? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // A report is one small message: nothing to gather.
                    stream.set_nodelay(true).map_err(unreachable)?;
                    return self.tls.connect(name, stream).await.map_err(unreachable);
                }
                Err(error) => last = error,
            }
        }
        Err(unreachable(last))
    }

    async fn send(
        &self,
        stream: TlsStream<TcpStream>,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), AgentError> {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| self.broke_off(e))?;
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.server.authority())
            .header(USER_AGENT, concat!("sekisho-agent/", env!("CARGO_PKG_VERSION")));
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(body)).map_err(|e| self.broke_off(e))?;
        let response = sender.send_request(request).await.map_err(|e| self.broke_off(e))?;
        let status = response.status();
        let bytes = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        drop(sender);
        driver.abort();
        Ok((status, bytes.map_err(|e| self.broke_off(e))?.to_bytes()))
    }

    fn broke_off(&self, why: impl std::fmt::Display) -> AgentError {
        AgentError::Exchange { server: self.server.authority(), why: why.to_string() }
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> Failure {
    let status = status.as_u16();
    match serde_json::from_slice::<Problem>(body) {
        Ok(Problem { next: Some(ticket), .. }) => Failure::NotNext(ticket),
        Ok(Problem { title, detail, .. }) => Failure::Error(AgentError::Refused { status, code: title, detail }),
        Err(_) => {
            let detail = "the answer is not from a devices host".to_owned();
            Failure::Error(AgentError::Refused { status, code: "unknown".to_owned(), detail })
        }
    }
}
