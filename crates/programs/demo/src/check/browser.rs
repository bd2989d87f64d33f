//! As much of a browser as the check needs: cookies by host, redirects, TLS with the platform's authority, WebSocket.
//!
//! Every host is looked up as 127.0.0.1, as `*.localhost` is; requests say what a browser's would (`Sec-Fetch-*`, `Origin`).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// What went wrong on the way, in words.
pub(super) type Trouble = String;

/// A WebSocket over TLS.
pub(super) type WebSocket = WebSocketStream<TlsStream<TcpStream>>;

/// One person's browser.
#[derive(Clone)]
pub(super) struct Browser {
    tls: TlsConnector,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// The token that a program shows, where it is no person's browser.
    token: Option<String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    /// The address that answered.
    pub(super) url: Uri,
    /// The status.
    pub(super) status: StatusCode,
    /// The fields.
    pub(super) headers: HeaderMap,
    /// The body.
    pub(super) body: String,
}

impl Answer {
    /// A field as text.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

impl Browser {
    /// A browser that trusts one authority and has no cookies.
    pub(super) fn new(roots: rustls::RootCertStore) -> Self {
        let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)), cookies: BTreeMap::new(), token: None }
    }

    /// Opens an address as a person does, and follows redirects.
    pub(super) async fn open(&mut self, url: &str) -> Result<Answer, Trouble> {
        let mut url = url.to_owned();
        for _ in 0..10 {
            let answer = self.open_once(&url).await?;
            if !answer.status.is_redirection() {
                return Ok(answer);
            }
            url = absolute(&answer.url, answer.header("location"));
        }
        Err(format!("{url} redirects for ever"))
    }

    /// Opens an address and stays where it is.
    pub(super) async fn open_once(&mut self, url: &str) -> Result<Answer, Trouble> {
        let navigation = [("accept", "text/html"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        self.send(Method::GET, url, &navigation, Bytes::new()).await
    }

    /// Asks as a program does, not a person.
    pub(super) async fn fetch(&mut self, url: &str) -> Result<Answer, Trouble> {
        self.send(Method::GET, url, &[("accept", "application/json")], Bytes::new()).await
    }

    /// Sends a form of a page on the same origin, and follows where it leads.
    pub(super) async fn submit(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let encoded: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let origin = origin_of(url)?;
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.send(Method::POST, url, &headers, Bytes::from(encoded.join("&"))).await?;
        if answer.status.is_redirection() {
            let next = absolute(&answer.url, answer.header("location"));
            return self.open(&next).await;
        }
        Ok(answer)
    }

    /// What a page's script posts: JSON with the form's token.
    pub(super) async fn post_json(&mut self, url: &str, token: &str, body: &Value) -> Result<Answer, Trouble> {
        let origin = origin_of(url)?;
        let headers = [
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("origin", origin.as_str()),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-site", "same-origin"),
            ("x-csrf-token", token),
        ];
        let answer = self.send(Method::POST, url, &headers, Bytes::from(body.to_string())).await?;
        match answer.status.is_success() {
            true => Ok(answer),
            false => Err(format!("{url} answered {}: {}", answer.status, answer.body)),
        }
    }

    /// Opens a WebSocket from a page of the same origin.
    pub(super) async fn web_socket(&self, url: &str) -> Result<WebSocket, Trouble> {
        let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        let headers = request.headers_mut();
        let origin = format!("https://{}", uri.authority().map_or("", |authority| authority.as_str()));
        headers.insert(header::ORIGIN, value(&origin)?);
        if let Some(cookies) = self.cookie_header(uri.host().unwrap_or_default()) {
            headers.insert(header::COOKIE, value(&cookies)?);
        }
        let stream = self.connect(&uri).await?;
        let opened = tokio_tungstenite::client_async(request, stream).await;
        opened.map(|(socket, _)| socket).map_err(|error| format!("{url}: {error}"))
    }

    /// A program in its place, which shows this token.
    pub(super) fn showing(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// Opens what goes on until one side ends it, as a page's script does: server-sent events.
    pub(super) async fn stream(&mut self, url: &str) -> Result<Incoming, Trouble> {
        let (parts, body, _) =
            self.exchange(Method::GET, url, &[("accept", "text/event-stream")], Bytes::new()).await?;
        if parts.status == StatusCode::OK { Ok(body) } else { Err(format!("{url} answered {}", parts.status)) }
    }

    async fn send(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, Trouble> {
        let (parts, body, driver) = self.exchange(method, url, headers, body).await?;
        let body = body.collect().await.map_err(|error| format!("{url}: {error}"))?.to_bytes();
        driver.abort();
        let uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { url: uri, status: parts.status, headers: parts.headers, body })
    }

    async fn exchange(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(Parts, Incoming, AbortHandle), Trouble> {
        let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let host = uri.host().unwrap_or_default().to_owned();
        let stream = self.connect(&uri).await?;
        let trouble = |error: &dyn std::fmt::Display| format!("{url}: {error}");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| trouble(&error))?;
        let driver = tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(cookies) = self.cookie_header(&host) {
            request = request.header(header::COOKIE, cookies);
        }
        let request = request.body(Full::new(body)).map_err(|error| trouble(&error))?;
        let response = sender.send_request(request).await.map_err(|error| trouble(&error))?;
        let (parts, body) = response.into_parts();
        self.keep_cookies(&host, &parts.headers);
        Ok((parts, body, driver.abort_handle()))
    }

    async fn connect(&self, uri: &Uri) -> Result<TlsStream<TcpStream>, Trouble> {
        let host = uri.host().unwrap_or_default();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, uri.port_u16().unwrap_or(443)));
        let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("{host}: {error}"))?;
        self.tls.connect(name, stream).await.map_err(|error| format!("{host}: {error}"))
    }

    fn cookie_header(&self, host: &str) -> Option<String> {
        let cookies = self.cookies.get(host).filter(|cookies| !cookies.is_empty())?;
        Some(cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
    }

    fn keep_cookies(&mut self, host: &str, headers: &HeaderMap) {
        let jar = self.cookies.entry(host.to_owned()).or_default();
        for set in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = set.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            if parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The address that a `Location` leads to.
pub(super) fn absolute(base: &Uri, location: &str) -> String {
    if location.starts_with('/') {
        let authority = base.authority().map_or("", |authority| authority.as_str());
        return format!("https://{authority}{location}");
    }
    location.to_owned()
}

fn origin_of(url: &str) -> Result<String, Trouble> {
    let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
    Ok(format!("https://{}", uri.authority().map_or("", |authority| authority.as_str())))
}

fn value(text: &str) -> Result<HeaderValue, Trouble> {
    HeaderValue::from_str(text).map_err(|error| error.to_string())
}

/// A form value as `application/x-www-form-urlencoded` writes it.
fn encode(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
