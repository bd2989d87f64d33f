//! Requests to a provider: HTTPS only, one connection for each, short and bounded, to whom the document trusts, and never to an address
//! where a cloud keeps the secrets of a machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use sekisho_model::documents::{Authorities, is_never_an_application};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::Refusal;
use crate::refusal::shown;

/// How long a request may take, all in all.
const LIMIT: Duration = Duration::from_secs(10);
/// The largest answer in bytes: a set of keys is a few thousand.
const BODY: usize = 256 * 1024;

/// Speaks to one provider.
pub(crate) struct Https(TlsConnector);

/// An answer: its status and its body as JSON; null where it is not JSON.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Https {
    /// A client that trusts these authorities, or those of the system.
    pub(crate) fn new(authorities: Option<&Authorities>) -> Result<Self, Refusal> {
        let mut roots = RootCertStore::empty();
        let trusted = match authorities {
            Some(authorities) => authorities.certificates(),
            None => rustls_native_certs::load_native_certs().certs,
        };
        for certificate in trusted {
            // What rustls does not understand vouches for nobody.
            let _ = roots.add(certificate);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// What an address answers, with a bearer token if there is one.
    pub(crate) async fn get(&self, url: &str, bearer: Option<&str>) -> Result<Answered, Refusal> {
        let authorization = bearer.map(|token| format!("Bearer {token}"));
        self.within(url, Method::GET, authorization.as_deref(), None).await
    }

    /// What an address answers to a form.
    pub(crate) async fn post(&self, url: &str, authorization: Option<&str>, form: String) -> Result<Answered, Refusal> {
        self.within(url, Method::POST, authorization, Some(form)).await
    }

    async fn within(
        &self,
        url: &str,
        method: Method,
        authorization: Option<&str>,
        form: Option<String>,
    ) -> Result<Answered, Refusal> {
        let uri: Uri = url.parse().map_err(|error| unusable(&error))?;
        let asked = self.exchange(&uri, method, authorization, form);
        timeout(LIMIT, asked).await.unwrap_or_else(|_| Err(unusable(&"no answer within 10 seconds")))
    }

    async fn exchange(
        &self,
        uri: &Uri,
        method: Method,
        authorization: Option<&str>,
        form: Option<String>,
    ) -> Result<Answered, Refusal> {
        let (host, port) = place(uri)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path).header(HOST, authority);
        request = request.header(ACCEPT, "application/json");
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = authorization {
            let mut value = HeaderValue::try_from(authorization).map_err(|error| unusable(&error))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let request =
            request.body(Full::new(Bytes::from(form.unwrap_or_default()))).map_err(|error| unusable(&error))?;
        let stream = connect(&host, port).await?;
        let name = ServerName::try_from(host).map_err(|error| unusable(&error))?;
        let stream = self.0.connect(name, stream).await.map_err(|error| unusable(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| unusable(&error))?;
        // Its end is seen by the exchange.
        tokio::spawn(async move { drop(connection.await) });
        let response = sender.send_request(request).await.map_err(|error| unusable(&error))?;
        let (status, body) = (response.status(), response.into_body());
        let body = Limited::new(body, BODY).collect().await.map_err(|error| unusable(&error))?;
        Ok(Answered { status, body: serde_json::from_slice(&body.to_bytes()).unwrap_or_default() })
    }
}

impl Answered {
    /// The body of an answer that says that all is well.
    pub(crate) fn successful(self) -> Result<Value, Refusal> {
        match self.status {
            StatusCode::OK => Ok(self.body),
            status => Err(unusable(&format_args!("it answers {status}"))),
        }
    }
}

/// A connection to the first address of a host that takes it.
async fn connect(host: &str, port: u16) -> Result<TcpStream, Refusal> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|error| unusable(&error))?;
    let mut last = unusable(&format_args!("`{host}` has no address that a provider may have"));
    for address in reachable(found).take(4) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = unusable(&error),
        }
    }
    Err(last)
}

/// The addresses that a provider may have.
fn reachable(found: impl Iterator<Item = SocketAddr>) -> impl Iterator<Item = SocketAddr> {
    // INVARIANT I-32: no name leads a request of the platform to where a cloud keeps the secrets of a machine.
    found.filter(|address| !is_never_an_application(IpAddr::to_canonical(&address.ip())))
}

/// Where an address leads to.
fn place(uri: &Uri) -> Result<(String, u16), Refusal> {
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https"));
    let host = host.ok_or_else(|| unusable(&format_args!("`{uri}` is no https address")))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(443)))
}

/// The provider cannot be used, and why.
pub(crate) fn unusable(why: &dyn std::fmt::Display) -> Refusal {
    Refusal::Unusable(shown(&why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_spoken() {
        let place = |text: &str| place(&text.parse().expect("an address"));
        assert_eq!(place("https://login.acme.example/a"), Ok(("login.acme.example".to_owned(), 443)));
        assert_eq!(place("https://[::1]:14000/a"), Ok(("::1".to_owned(), 14000)));
        assert!(place("http://login.acme.example/a").is_err() && place("/a").is_err());
    }

    #[test]
    fn i32_no_request_goes_to_where_a_cloud_keeps_secrets() {
        let of = |text: &str| reachable([text.parse().expect("an address")].into_iter()).count();
        assert_eq!((of("127.0.0.1:443"), of("203.0.113.7:443"), of("[2001:db8::7]:443")), (1, 1, 1));
        for never in [
            "169.254.169.254:443",
            "0.0.0.0:443",
            "100.100.100.200:443",
            "[fe80::1]:443",
            "[::ffff:169.254.169.254]:443",
        ] {
            assert_eq!(of(never), 0, "{never}");
        }
    }
}
