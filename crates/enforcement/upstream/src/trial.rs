//! Trying the address of an application before it is published: what the gateway would find there.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use http::header::LOCATION;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use sekisho_http_server::RequestBody;
use sekisho_model::documents::{Resource, Upstream, UpstreamAddress, UpstreamTls};
use sekisho_model::facts::{EntityType, Handle, Interner};
use sekisho_policy_enforcement::health_head;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::budget::{Budget, Socket};
use crate::config::PoolConfig;
use crate::forward::{dial, leads_to};
use crate::names::{Names, places, why_nowhere};
use crate::origin::Origin;
use crate::resolver::look_up;

/// The most addresses that are tried; further ones are left out.
const MOST_TRIED: usize = 4;
/// The most characters of a redirect's target that are kept.
const MOST_LOCATION: usize = 300;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many trials may run at once. Further ones wait.
const AT_ONCE: usize = 4;

/// Tries addresses of applications by the rules of the gateway: what it refuses to dial is not dialled here. Clones share the bound on
/// trials that run at once.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Where the gateway itself listens.
    own: Vec<SocketAddr>,
    turns: Arc<Semaphore>,
}

/// The status and the `Location` of an answer.
pub type TrialAnswer = (u16, Option<String>);

/// What was found.
#[derive(Debug, Default)]
pub struct Tried {
    /// Why there is no address to dial; `None` where there is one.
    pub nowhere: Option<String>,
    /// Each address, with its answer to `GET /` or why there is none.
    pub addresses: Vec<(SocketAddr, Result<TrialAnswer, String>)>,
    /// The certificate that the application shows (DER), with the SHA-256 of its public key. It need not be trusted.
    pub certificate: Option<(Vec<u8>, [u8; 32])>,
}

impl Trial {
    /// Trials beside a gateway that listens at these addresses.
    #[must_use]
    pub fn new(own: Vec<SocketAddr>) -> Self {
        Self { own, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Tries the upstream of a resource, on a thread of its own: connections to applications belong to one thread each.
    pub async fn run(self, resource: Arc<Resource>) -> Tried {
        let failed = |why: String| Tried { nowhere: Some(why), ..Tried::default() };
        let Ok(_turn) = self.turns.clone().acquire_owned().await else {
            return failed("the platform stops".to_owned());
        };
        let tried = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Ok::<_, std::io::Error>(LocalSet::new().block_on(&runtime, self.tried(&resource)))
        });
        match tried.await {
            Ok(Ok(tried)) => tried,
            Ok(Err(error)) => failed(error.to_string()),
            Err(error) => failed(error.to_string()),
        }
    }

    // INVARIANT I-8: this is nobody's request. What goes out is written here whole, to the addresses that the gateway would dial; what
    // comes back is a status, the target of a redirect and a certificate. No redirect is followed.
    async fn tried(&self, resource: &Resource) -> Tried {
        let Some(upstream) = &resource.upstream else { return Tried::default() };
        let names = Self::looked_up(upstream).await;
        let places = places(upstream, &names.found());
        if places.is_empty() {
            return Tried { nowhere: Some(why_nowhere(upstream, &names.found())), ..Tried::default() };
        }
        let mut tried = Tried::default();
        if let Some(tls) = &upstream.tls {
            for address in places.iter().take(MOST_TRIED) {
                tried.certificate = tried.certificate.or(self.certificate(*address, upstream, tls).await);
            }
        }
        let origin = Rc::new(Origin::new(upstream.clone(), &CONFIG, &names, |_| None));
        for (number, address) in places.into_iter().enumerate().take(MOST_TRIED) {
            let asked = timeout(PATIENCE, self.ask(&origin, (number, address), resource)).await;
            let answer = asked.unwrap_or_else(|_| Err("it took too long".to_owned()));
            tried.addresses.push((address, answer));
        }
        tried
    }

    /// What the names of an upstream resolve to.
    async fn looked_up(upstream: &Upstream) -> Names {
        let (names, mut found) = (Names::default(), HashMap::new());
        for name in upstream.addresses.iter().filter_map(UpstreamAddress::name) {
            let resolved = match timeout(PATIENCE, look_up(name.clone(), Vec::new())).await {
                Ok(ended) => ended.found.map(|(addresses, _)| addresses).map_err(|error| error.to_string()),
                Err(_) => Err("it took too long".to_owned()),
            };
            found.insert(name.clone(), resolved);
        }
        names.publish(Arc::new(found));
        names
    }

    async fn ask(
        &self,
        origin: &Rc<Origin>,
        (number, address): (usize, SocketAddr),
        resource: &Resource,
    ) -> Result<(u16, Option<String>), String> {
        let said = |error: std::io::Error| error.to_string();
        let room = Arc::new(Budget::new(1, Arc::default())).room().ok_or("there is no room")?;
        let stream = dial(address, PATIENCE).await.map_err(said)?;
        if leads_to(&stream, &self.own) && !origin.upstream.names(address.ip()) {
            return Err("the gateway itself listens there".to_owned());
        }
        let endpoint = origin.lease_of(number, nobody().ok_or("there is no room")?);
        let line = endpoint.open(Socket::new(stream, room)).await.map_err(said)?;
        let head = health_head(resource, "/").ok_or("its question cannot be written")?;
        let sent = line.send(Box::new(head.map(|()| RequestBody::Empty)), endpoint, PATIENCE).await;
        let (response, _) = sent.map_err(|_| "it gave no answer".to_owned())?;
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(|value| value.chars().take(MOST_LOCATION).collect());
        Ok((response.status().as_u16(), location))
    }

    /// The certificate that an application shows. The handshake ends before anything is sent over it.
    async fn certificate(
        &self,
        address: SocketAddr,
        upstream: &Upstream,
        tls: &UpstreamTls,
    ) -> Option<(Vec<u8>, [u8; 32])> {
        let stream = dial(address, PATIENCE).await.ok()?;
        if leads_to(&stream, &self.own) && !upstream.names(address.ip()) {
            return None;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let seen = Arc::new(Seen { certificate: Mutex::default(), provider: provider.clone() });
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(seen.clone())
            .with_no_client_auth();
        let name = ServerName::try_from(tls.server_name.to_string()).ok()?;
        let _ = timeout(PATIENCE, TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
        let certificate = seen.certificate.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let key = ParsedCertificate::try_from(&certificate).ok()?.subject_public_key_info();
        let pin = digest(&SHA256, key.as_ref()).as_ref().try_into().ok()?;
        Some((certificate.to_vec(), pin))
    }
}

/// How connections are made.
const CONFIG: PoolConfig =
    PoolConfig { connect_timeout: PATIENCE, response_timeout: PATIENCE, most_idle: 0, workers: 1 };

/// The handle of a resource that is in no World.
fn nobody() -> Option<Handle> {
    Interner::new().intern(EntityType::Resource, "trial").ok()
}

/// Keeps the certificate that is shown and trusts none: every handshake ends here.
#[derive(Debug)]
struct Seen {
    certificate: Mutex<Option<CertificateDer<'static>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = Some(certificate.clone().into_owned());
        Err(rustls::CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::CertificateError::BadSignature.into())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn resource(upstream: &str) -> Arc<Resource> {
        let body = format!(
            r#"{{ "id": "wiki", "name": {{ "en": "Wiki" }}, "host": "wiki.localhost", "upstream": {upstream} }}"#
        );
        Arc::new(serde_json::from_str(&body).expect("a resource"))
    }

    /// Answers one request, and tells what it was.
    async fn application(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.expect("a request");
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            String::from_utf8_lossy(&head[..length]).into_owned()
        });
        (address, served)
    }

    #[tokio::test]
    async fn what_answers_is_told_with_its_redirect() {
        let (address, served) =
            application("HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n")
                .await;
        let tried = Trial::new(Vec::new()).run(resource(&format!("\"http://{address}\""))).await;
        assert_eq!(tried.addresses, [(address, Ok((302, Some("https://elsewhere.example/".to_owned()))))]);
        let head = served.await.expect("a request");
        assert!(head.starts_with("GET / HTTP/1.1\r\n") && !head.to_lowercase().contains("cookie"), "{head}");
    }

    #[tokio::test]
    async fn i8_what_the_gateway_refuses_to_dial_is_refused_here() {
        // The gateway's own address: dialled, and left before anything is sent.
        let (address, served) = application("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let tried = Trial::new(vec![address]).run(resource(&format!("\"http://{address}\""))).await;
        assert!(tried.addresses[0].1.as_ref().is_err_and(|why| why.contains("the gateway itself")), "{tried:?}");
        assert!(served.await.is_ok_and(|head| head.is_empty()), "nothing was sent");
        // A name that resolves to where a machine keeps its secrets has no address to dial.
        let mut metadata = HashMap::new();
        metadata.insert(arcstr::literal!("metadata"), Ok(Arc::from(["169.254.169.254".parse().expect("an address")])));
        let upstream: Upstream = "http://metadata:80".parse().expect("an upstream");
        assert!(places(&upstream, &Arc::new(metadata)).is_empty());
    }

    #[tokio::test]
    async fn what_does_not_answer_or_resolve_is_told() {
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            listener.local_addr().expect("an address")
        };
        let tried = Trial::new(Vec::new()).run(resource(&format!("\"http://{closed}\""))).await;
        assert!(tried.addresses[0].1.is_err(), "{tried:?}");
        let tried = Trial::new(Vec::new()).run(resource("\"http://no-such-name.invalid:80\"")).await;
        assert!(tried.nowhere.is_some_and(|why| why.contains("no-such-name.invalid")));
    }
}
