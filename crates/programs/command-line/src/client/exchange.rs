//! One HTTP/1.1 connection to a platform: requests and answers, bounded in time and size. No redirect is followed.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::response::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use sekisho_model::Language;
use sekisho_terminal::language;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::credential::Credential;
use super::problem;
use crate::Failure;

/// The most bytes that the answers to one command may have together: 256 MiB. Beyond it, the command ends.
pub(super) const MOST: usize = 256 * 1024 * 1024;

/// A connection on which requests are asked.
pub(super) struct Exchange {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    /// What the platform is called in messages.
    name: String,
    host: HeaderValue,
    credential: Option<Credential>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a Value>,
}

impl Exchange {
    pub(super) async fn begin(
        stream: impl Read + Write + Unpin + Send + 'static,
        name: &str,
        host: &str,
        credential: Option<Credential>,
    ) -> Result<Self, Failure> {
        let host = HeaderValue::try_from(host).map_err(Failure::usage)?;
        let (sender, connection) = handshake(stream).await.map_err(Failure::unavailable)?;
        // It ends with the exchange; what broke it, the requests on it tell.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, driver, name: name.to_owned(), host, credential })
    }

    /// Whether it takes another request.
    pub(super) async fn is_open(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Asks, and gives what a success answers with.
    pub(super) async fn ask(
        &mut self,
        asked: Asked<'_>,
        silence: Duration,
        left: &mut usize,
    ) -> Result<Value, Failure> {
        let request = self.request(asked)?;
        let silent = || {
            let seconds = silence.as_secs();
            Failure::unavailable(format_args!("{} did not answer within {seconds} s{}", self.name, unknown(asked)))
        };
        let broke = |error: hyper::Error| {
            Failure::unavailable(format_args!("the exchange with {} broke off: {error}{}", self.name, unknown(asked)))
        };
        let answer = self.sender.send_request(request);
        let (parts, mut body) = timeout(silence, answer).await.map_err(|_| silent())?.map_err(broke)?.into_parts();
        if declared(&body) > *left {
            return Err(self.too_long());
        }
        let mut bytes = Vec::new();
        while let Some(frame) = timeout(silence, body.frame()).await.map_err(|_| silent())? {
            let Ok(data) = frame.map_err(broke)?.into_data() else { continue };
            *left = left.checked_sub(data.len()).ok_or_else(|| self.too_long())?;
            bytes.extend_from_slice(&data);
        }
        self.read(&parts, &bytes)
    }

    fn request(&self, asked: Asked<'_>) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(asked.method)
            .uri(asked.path)
            .header(HOST, &self.host)
            .header(USER_AGENT, concat!("sekisho-cli/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json, application/problem+json")
            .header(ACCEPT_LANGUAGE, if language() == Language::Japanese { "ja" } else { "en" });
        if let Some(credential) = &self.credential {
            request = request.header(AUTHORIZATION, credential.header()?);
        }
        if asked.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = asked.body.map(Value::to_string).unwrap_or_default();
        request.body(Full::new(Bytes::from(body))).map_err(Failure::usage)
    }

    fn read(&self, parts: &Parts, bytes: &[u8]) -> Result<Value, Failure> {
        let status = parts.status;
        if status.is_redirection() {
            let to = parts.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("another place");
            let to = problem::plain(to, self.credential.as_ref());
            return Err(Failure::unavailable(format_args!(
                "{} sends to {to}, and no redirect is followed: name the platform itself with `--server`",
                self.name
            )));
        }
        if status == StatusCode::NO_CONTENT || (status.is_success() && bytes.is_empty()) {
            return Ok(Value::Null);
        }
        let value = serde_json::from_slice(bytes);
        if !status.is_success() {
            // A request that the platform cannot read at all is answered in plain text.
            let value = value.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()));
            return Err(problem::failure(parts, &value, self.credential.as_ref()));
        }
        value.map_err(|_| Failure::unavailable(format_args!("the answer of {} is not one of a platform", self.name)))
    }

    fn too_long(&self) -> Failure {
        Failure::failed(format_args!("the answer of {} is longer than {} MiB", self.name, MOST >> 20))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The bytes that an answer says it has at least.
fn declared(body: &Incoming) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// What is not known when the answer to a request that changes something did not come.
fn unknown(asked: Asked<'_>) -> &'static str {
    match *asked.method {
        Method::GET => "",
        _ => "; whether it was done is not known: look before you ask again",
    }
}
