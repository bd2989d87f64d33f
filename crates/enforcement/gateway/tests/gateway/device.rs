//! Device certificates: asked for by the name that the client asks for, and believed for that name only.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use sekisho_attacks::Client;
use sekisho_model::documents::Kind;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::platform::{APP, Platform, now};

/// A device authority, and a certificate of it.
pub(crate) struct Authority {
    pub(crate) root: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        Self { root, issuer: Issuer::new(params, key) }
    }

    fn issue(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let mut params = CertificateParams::new(vec!["laptop".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }
}

pub(crate) fn holding(platform: &Platform, authority: &Authority) -> Arc<ClientConfig> {
    holding_at(platform, authority, rustls::DEFAULT_VERSIONS)
}

fn holding_at(
    platform: &Platform,
    authority: &Authority,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(platform.root.clone())).unwrap();
    let (chain, key) = authority.issue();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    Arc::new(config.with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap())
}

async fn status(platform: &Platform, tls: Arc<ClientConfig>, host: &str, asked: &str) -> Option<u16> {
    let mut client = Client::connect(platform.address(), tls, host).await.ok()?;
    let resource = asked.strip_suffix(".test").unwrap();
    let cookie = platform.app_cookie(resource);
    client.send(format!("GET / HTTP/1.1\r\nHost: {asked}\r\nCookie: {cookie}\r\n\r\n").as_bytes()).await.ok()?;
    client.response("GET").await.ok()?.map(|response| response.status)
}

pub(crate) async fn with_device() -> Platform {
    let mut platform = Platform::start().await;
    let resource = json!({
        "id": "devicebound", "name": { "en": "Device bound" }, "host": "devicebound.test", "sensitivity": 1,
        "upstream": format!("http://{}", platform.recorder.address), "client_certificate": "required",
    });
    let device = json!({
        "id": "laptop", "name": "Laptop", "owner": "alice", "platform": "linux", "managed": true,
        "key_sha256": "ab".repeat(32), "enrolled_at": now(),
    });
    let posture = json!({ "device": "laptop", "reported_at": now(), "sequence": 1, "facts": {}, "failing": [] });
    platform.change(Kind::Device, "laptop", Some(device));
    platform.change(Kind::Posture, "laptop", Some(posture));
    platform.change(Kind::Resource, "devicebound", Some(resource));
    // A worker takes up a World a moment after it is published. Then the handshake without a certificate fails.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while status(&platform, platform.tls.clone(), "devicebound.test", "devicebound.test").await.is_some() {
        assert!(std::time::Instant::now() < patience, "the certificate is not required");
    }
    platform
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_required_certificate_is_required_and_opens() {
    let platform = with_device().await;
    let own = holding(&platform, &platform.authority);
    assert_eq!(status(&platform, own.clone(), "devicebound.test", "devicebound.test").await, Some(200));
    // None, and one of another authority.
    assert_eq!(status(&platform, platform.tls.clone(), "devicebound.test", "devicebound.test").await, None);
    assert_eq!(
        status(&platform, holding(&platform, &Authority::new()), "devicebound.test", "devicebound.test").await,
        None
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_a_handshake_for_another_host_proves_nothing() {
    let platform = with_device().await;
    let own = holding(&platform, &platform.authority);
    assert_eq!(status(&platform, own.clone(), APP, "devicebound.test").await, Some(421));
    assert_eq!(status(&platform, own, APP, APP).await, Some(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_a_revoked_device_opens_nothing() {
    let mut platform = with_device().await;
    let own = holding(&platform, &platform.authority);
    assert_eq!(status(&platform, own.clone(), "devicebound.test", "devicebound.test").await, Some(200));
    let revoked = json!({
        "id": "laptop", "name": "Laptop", "owner": "alice", "platform": "linux", "managed": true, "status": "revoked",
        "key_sha256": "ab".repeat(32), "enrolled_at": now(),
    });
    platform.change(Kind::Device, "laptop", Some(revoked));
    let mut last = Some(200);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while last == Some(200) && std::time::Instant::now() < patience {
        last = status(&platform, own.clone(), "devicebound.test", "devicebound.test").await;
    }
    assert_eq!(last, Some(403));
}

/// How two handshakes of one client with a host end, one after the other.
async fn handshakes(platform: &Platform, tls: &Arc<ClientConfig>, host: &str) -> [Option<rustls::HandshakeKind>; 2] {
    let mut kinds = [None, None];
    for kind in &mut kinds {
        let stream = tokio::net::TcpStream::connect(platform.address()).await.unwrap();
        let name = rustls::pki_types::ServerName::try_from(host.to_owned()).unwrap();
        let mut stream = tokio_rustls::TlsConnector::from(tls.clone()).connect(name, stream).await.unwrap();
        let resource = host.strip_suffix(".test").unwrap();
        let cookie = platform.app_cookie(resource);
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        *kind = stream.get_ref().1.handshake_kind();
    }
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_where_a_certificate_is_asked_for_no_handshake_rests_on_an_earlier_one() {
    use rustls::HandshakeKind::{Full, Resumed};
    let platform = with_device().await;
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    for version in versions {
        let own = holding_at(&platform, &platform.authority, &[version]);
        let kinds = handshakes(&platform, &own, "devicebound.test").await;
        assert!(kinds.iter().all(|kind| *kind != Some(Resumed) && kind.is_some()), "{kinds:?}");
        // Where none is asked for, the second handshake is the short one.
        let kinds = handshakes(&platform, &own, APP).await;
        assert!(
            kinds == [Some(Full), Some(Resumed)]
                || kinds == [Some(rustls::HandshakeKind::FullWithHelloRetryRequest), Some(Resumed)],
            "{kinds:?}"
        );
    }
}
