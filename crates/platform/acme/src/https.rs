//! Requests to an authority: HTTPS only, one connection for each, short and bounded, and to whom the settings trust.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient, Problem};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use sekisho_capability::Clock;
use sekisho_model::Span;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::failure::{OrderFailure, shown, told};

/// How long a request may take, all in all.
const LIMIT: Duration = Duration::from_secs(30);
/// The largest answer: a chain of certificates is a few thousand bytes.
const BODY: usize = 256 * 1024;

/// Speaks to one authority.
pub(crate) struct Https {
    tls: TlsConnector,
    clock: Clock,
}

impl Https {
    pub(crate) fn new(roots: Arc<RootCertStore>, clock: Clock) -> Result<Self, OrderFailure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| OrderFailure::Own(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), clock })
    }
}

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (tls, clock) = (self.tls.clone(), self.clock.clone());
        Box::pin(async move {
            let late = || OrderFailure::Unreachable(format!("no answer within {} seconds", LIMIT.as_secs()));
            let answered = timeout(LIMIT, exchange(&tls, request)).await.unwrap_or_else(|_| Err(late()));
            let usable = answered.and_then(|response| usable(response, &clock));
            usable
                .map(|response| BytesResponse::from(response.map(Full::new)))
                .map_err(|failure| Error::Other(Box::new(failure)))
        })
    }
}

/// One request and its whole answer.
async fn exchange(tls: &TlsConnector, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Bytes>, OrderFailure> {
    let (mut parts, body) = request.into_parts();
    let unreachable = |error: &dyn std::fmt::Display| OrderFailure::Unreachable(shown(&error.to_string()));
    let (host, port) = place(&parts.uri)?;
    let name = ServerName::try_from(host.clone()).map_err(|error| unreachable(&error))?;
    let authority = parts.uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    parts.headers.insert(HOST, HeaderValue::try_from(authority).map_err(|error| unreachable(&error))?);
    parts.uri = parts.uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| Uri::from(path.clone()));
    let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| unreachable(&error))?;
    let stream = tls.connect(name, stream).await.map_err(|error| unreachable(&error))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
    // Its end is seen by the exchange.
    tokio::spawn(async move { drop(connection.await) });
    let response = sender.send_request(Request::from_parts(parts, body)).await.map_err(|error| unreachable(&error))?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, BODY).collect().await.map_err(|error| unreachable(&error))?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}

/// Where an address leads to.
fn place(uri: &Uri) -> Result<(String, u16), OrderFailure> {
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https"));
    let host = host.ok_or_else(|| OrderFailure::Unusable(shown(&format!("`{uri}` is no https address"))))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(443)))
}

/// The answer, unless it says that the authority is at fault or wants to be left alone. Only here the head is seen.
fn usable(response: Response<Bytes>, clock: &Clock) -> Result<Response<Bytes>, OrderFailure> {
    let status = response.status();
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE;
    if !is_limit && !status.is_server_error() {
        return Ok(response);
    }
    let wait = wait(response.headers(), clock);
    let detail = said(&response);
    Err(match (is_limit, wait) {
        (true, Some(_)) => OrderFailure::Limited { detail, wait },
        _ if status == StatusCode::TOO_MANY_REQUESTS => OrderFailure::Limited { detail, wait: None },
        _ => OrderFailure::Unreachable(detail),
    })
}

/// What an answer says is wrong.
fn said(response: &Response<Bytes>) -> String {
    let problem = serde_json::from_slice::<Problem>(response.body());
    problem.map_or_else(|_| format!("it answers {}", response.status()), |problem| told(&problem))
}

/// How long an authority wants to be left alone (RFC 9110, section 10.2.3).
fn wait(headers: &HeaderMap, clock: &Clock) -> Option<Span> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Span::from_seconds(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Span::from_seconds(i64::try_from(at.as_secs()).ok()? - clock.now().as_seconds()))
}

#[cfg(test)]
mod tests {
    use sekisho_model::Timestamp;

    use super::*;

    fn answer(status: u16, retry_after: &str) -> Result<Response<Bytes>, OrderFailure> {
        let clock = Clock::new(|| Timestamp::from_millis(784_111_777_000));
        let builder = Response::builder().status(status).header(RETRY_AFTER, retry_after);
        usable(builder.body(Bytes::from_static(b"<html>")).expect("a response"), &clock)
    }

    #[test]
    fn an_authority_that_wants_patience_is_told_from_one_at_fault() {
        let wait = |seconds| Some(Span::from_seconds(seconds));
        for (status, retry_after, expected) in [
            (429, "120", wait(120)),
            (503, "7", wait(7)),
            (429, "Sun, 06 Nov 1994 08:49:38 GMT", wait(1)),
            (429, "whenever", None),
        ] {
            let failure = answer(status, retry_after).expect_err("a limit");
            assert!(matches!(&failure, OrderFailure::Limited { wait, .. } if *wait == expected), "{failure:?}");
        }
        assert_eq!(answer(500, "1").expect_err("a fault").kind(), "unreachable");
        assert_eq!(answer(503, "whenever").expect_err("a fault").kind(), "unreachable");
        assert!(answer(400, "1").is_ok() && answer(200, "1").is_ok());
    }

    #[test]
    fn only_https_is_spoken() {
        let place = |text: &str| place(&text.parse().expect("an address"));
        assert_eq!(place("https://ca.example.jp/d"), Ok(("ca.example.jp".to_owned(), 443)));
        assert_eq!(place("https://[::1]:14000/d"), Ok(("::1".to_owned(), 14000)));
        assert!(place("http://ca.example.jp/d").is_err() && place("/d").is_err());
    }
}
