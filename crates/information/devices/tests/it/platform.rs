//! A devices service on a temporary store, and the TLS front that the gateway is in production.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::Request;
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ServerConfig};
use sekisho_capability::Clock;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::enrolment::{EnrolRequest, Issued};
use sekisho_devices::{Devices, NewDevice, Refusal, api, identify};
use sekisho_ledger::{Ledger, SigningKey};
use sekisho_model::documents::{Check, Expectation, Kind, Ownership};
use sekisho_model::{Actor, DeviceId, Peer, PresentedDevice, RequestId, Span, Text, Timestamp};
use sekisho_store::{Expected, MasterKey, Store, StoreUrl, Write};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tower::ServiceExt;

pub(crate) const PORTAL: &str = "https://portal.localhost";
pub(crate) const HOST: &str = "devices.localhost";

pub(crate) struct Platform {
    pub(crate) devices: Devices,
    pub(crate) store: Store,
    pub(crate) ledger: Ledger,
    pub(crate) folder: TempDir,
}

/// An enrolled device as its agent would hold it.
pub(crate) struct Enrolled {
    pub(crate) key: KeyPair,
    pub(crate) issued: Issued,
    pub(crate) presented: PresentedDevice,
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis().try_into().unwrap())
}

/// A time some seconds from a fixed start.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000).plus(Span::from_seconds(seconds))
}

pub(crate) fn id(name: &str) -> DeviceId {
    name.parse().unwrap()
}

pub(crate) fn new_device(name: &str) -> NewDevice {
    NewDevice {
        id: id(name),
        name: name.to_owned(),
        owner: None,
        ownership: Ownership::Corporate,
        platform: "linux".to_owned(),
        managed: true,
    }
}

pub(crate) fn csr(key: &KeyPair) -> Base64 {
    Base64(CertificateParams::default().serialize_request(key).unwrap().der().to_vec())
}

/// A check that no forbidden port is open.
pub(crate) fn port_check(port: &str) -> Check {
    Check {
        id: "ports".parse().unwrap(),
        platforms: Vec::new(),
        fact: "ports.listening".to_owned(),
        expect: Expectation::HoldsNone(vec![port.to_owned()]),
        unless: None,
        reason: Text::new("A port is open.", "ポートが開いています。"),
        remedy: Text::new("Close it.", "閉じてください。"),
    }
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::Sqlite(folder.path().join("store.db"));
        let store = Store::open(&url, MasterKey::generate().unwrap()).await.unwrap();
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger"), "test/ledger", key).unwrap();
        let devices = Devices::open(store.clone(), ledger.clone(), PORTAL, 47_443, at(0)).await.unwrap();
        Self { devices, store, ledger, folder }
    }

    pub(crate) async fn token(&self, name: &str, when: Timestamp) -> String {
        self.devices.create_token(new_device(name), Actor::System, when).await.unwrap().token
    }

    pub(crate) async fn enrol_with(&self, token: &str, key: &KeyPair, when: Timestamp) -> Result<Issued, Refusal> {
        self.devices.enrol(&EnrolRequest { token: token.to_owned(), csr: csr(key) }, when).await
    }

    pub(crate) async fn enrolled(&self, name: &str, when: Timestamp) -> Enrolled {
        let key = KeyPair::generate().unwrap();
        let issued = self.enrol_with(&self.token(name, when).await, &key, when).await.unwrap();
        let presented = identify(&issued.chain[0].0).unwrap();
        Enrolled { key, issued, presented }
    }

    pub(crate) async fn put(&self, kind: Kind, id: &str, body: impl serde::Serialize) {
        let body = serde_json::to_value(body).unwrap();
        let write = Write::Put { kind, id: id.to_owned(), expected: Expected::Any, body };
        self.store.commit(vec![write], "test", at(0)).await.unwrap();
    }

    /// The codes of the acts in the ledger, oldest first.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let recent = self.ledger.recent(1000, sekisho_ledger::Filter::default()).await;
        let act = |record| match record {
            sekisho_model::Record::Act(act) => Some(act.act),
            _ => None,
        };
        recent.into_iter().rev().filter_map(|(_, record)| act(record)).collect()
    }

    /// Serves the API over TLS on a free port, as the gateway does.
    pub(crate) async fn serve(&self) -> Front {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let roots = Arc::new(self.devices.authority().device_ca_roots().unwrap());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
        let verifier = verifier.allow_unauthenticated().build().unwrap();
        let server = self.devices.authority().issue_server(&[HOST], now()).unwrap();
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_client_cert_verifier(verifier).with_single_cert(server.chain, server.key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (acceptor, router) = (TlsAcceptor::from(Arc::new(config)), api(self.devices.clone(), Clock::new(now)));
        let task = tokio::spawn(async move {
            loop {
                let (stream, peer) = listener.accept().await.unwrap();
                tokio::spawn(serve_one(acceptor.clone(), router.clone(), stream, peer));
            }
        });
        let roots = self.devices.authority().server_ca_roots().unwrap();
        Front { address, roots, task: task.abort_handle() }
    }
}

async fn serve_one(acceptor: TlsAcceptor, router: axum::Router, stream: TcpStream, address: SocketAddr) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let device = stream.get_ref().1.peer_certificates().and_then(|chain| identify(&chain[0]));
    let peer = Peer { address, device, request: RequestId::new("request-1") };
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request)
    });
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // What a client does to its connection is the client's test to judge.
    drop(connection.await);
}

/// The TLS front.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    roots: rustls::RootCertStore,
    task: AbortHandle,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Front {
    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}:{}", self.address.port())
    }

    /// A TLS connection to that name, with that client certificate.
    pub(crate) async fn connect(
        &self,
        name: &str,
        certificate: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    ) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(self.roots.clone());
        let config = match certificate {
            Some((chain, key)) => config.with_client_auth_cert(chain, key).unwrap(),
            None => config.with_no_client_auth(),
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// One request as that device, and its answer.
    pub(crate) async fn send(
        &self,
        device: Option<&Enrolled>,
        method: &str,
        path: &str,
        body: impl Into<Vec<u8>>,
    ) -> (u16, serde_json::Value) {
        let stream = self.connect(HOST, device.map(Enrolled::certificate)).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driver = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST)
            .header("content-type", "application/json")
            .body(http_body_util::Full::new(bytes::Bytes::from(body.into())))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        driver.abort();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

impl Enrolled {
    pub(crate) fn certificate(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let chain = self.issued.chain.iter().map(|der| CertificateDer::from(der.0.clone())).collect();
        (chain, PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der())))
    }
}
