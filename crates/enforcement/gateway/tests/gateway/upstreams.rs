//! Upstreams of every kind that a document can describe: secured, several, limited, behind a prefix.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData as _};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sekisho_attacks::Recorder;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::calls::app_with;
use crate::origin::{HabitOrigin, Http2Origin};
use crate::platform::{APP, Platform};

const INNER: &str = "inner.test";

/// An authority with a server's certificate of it.
struct Place {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

fn place() -> Place {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = KeyPair::generate().unwrap();
    let root = params.self_signed(&authority).unwrap();
    let issuer = Issuer::new(params, authority);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![INNER.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    Place { pem: root.pem(), root: root.der().clone(), chain: vec![certificate.der().clone()], issuer, key }
}

impl Place {
    fn pin(&self) -> String {
        let key = self.key.subject_public_key_info();
        STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &key))
    }

    fn server(&self, asks: bool) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let builder = if asks {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der()).into();
        let mut config = builder.with_single_cert(self.chain.clone(), key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }
}

async fn status_with(platform: &mut Platform, upstream: Value) -> u16 {
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    get(platform, "/").await
}

async fn get(platform: &Platform, path: &str) -> u16 {
    platform.get(APP, path, &format!("Cookie: {}\r\n", platform.app_cookie("app"))).await.status
}

#[tokio::test]
async fn a_secured_upstream_is_trusted_by_its_authority_its_key_or_both() {
    let (own, other) = (place(), place());
    let origin = Http2Origin::start(Some(own.server(false))).await;
    let mut platform = Platform::start().await;
    let wrong_pin = other.pin();
    let named = |name: &str, more: Value| {
        let mut tls = json!({ "server_name": name });
        tls.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "addresses": [origin.address], "protocol": "http2", "tls": tls })
    };
    for (upstream, expected) in [
        (named(INNER, json!({ "authorities": own.pem })), 200),
        (named(INNER, json!({ "authorities": other.pem })), 502),
        (named("elsewhere.test", json!({ "authorities": own.pem })), 502),
        (named(INNER, json!({ "pins": [own.pin()] })), 200),
        (named(INNER, json!({ "pins": [wrong_pin, own.pin()] })), 200),
        (named(INNER, json!({ "pins": [wrong_pin] })), 502),
        (named(INNER, json!({ "authorities": own.pem, "pins": [own.pin()] })), 200),
        (named(INNER, json!({ "authorities": own.pem, "pins": [wrong_pin] })), 502),
        (named(INNER, json!({ "authorities": other.pem, "pins": [own.pin()] })), 502),
        // Plain text to a secured port, and HTTP/1.1 where only HTTP/2 is offered.
        (json!({ "addresses": [origin.address], "protocol": "http2" }), 502),
        (json!({ "addresses": [origin.address], "tls": { "server_name": INNER, "pins": [own.pin()] } }), 502),
    ] {
        let seen = origin.heads().len();
        assert_eq!(status_with(&mut platform, upstream.clone()).await, expected, "{upstream}");
        assert_eq!(origin.heads().len() - seen, usize::from(expected == 200), "{upstream}");
    }
}

#[tokio::test]
async fn an_upstream_that_asks_for_a_certificate_gets_the_one_that_the_document_names() {
    let own = place();
    let origin = Http2Origin::start(Some(own.server(true))).await;
    let mut platform = Platform::start().await;
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["gateway".to_owned()]).unwrap().signed_by(&key, &own.issuer).unwrap();
    let file = |name: &str| platform.folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate_file, key_file, nothing) = (file("gateway.pem"), file("gateway.key"), file("nothing"));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let allow = |mode| std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(0o640);
    let showing = |identity: Option<(&str, &str)>| {
        let mut tls = json!({ "server_name": INNER, "authorities": own.pem });
        if let Some((certificate_file, key_file)) = identity {
            tls["client_certificate"] = json!({ "certificate_file": certificate_file, "key_file": key_file });
        }
        json!({ "addresses": [origin.address], "protocol": "http2", "tls": tls })
    };
    assert_eq!(status_with(&mut platform, showing(Some((&certificate_file, &key_file)))).await, 200);
    assert_eq!(status_with(&mut platform, showing(None)).await, 502);
    assert_eq!(status_with(&mut platform, showing(Some((&certificate_file, &nothing)))).await, 502);
    // A key that everybody on the machine may read proves nothing.
    allow(0o644);
    assert_eq!(status_with(&mut platform, showing(Some((&certificate_file, &key_file)))).await, 502);
    assert_eq!(origin.heads().len(), 1);
}

/// An address on which nobody listens.
async fn deserted() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn exchanges_go_to_the_addresses_that_are_there_and_to_each_in_turn() {
    let (first, second) = (Recorder::start().await.unwrap(), Recorder::start().await.unwrap());
    let mut platform = Platform::start().await;
    let upstream = json!({ "addresses": [deserted().await, first.address, second.address] });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    for _ in 0..12 {
        assert_eq!(get(&platform, "/").await, 200);
    }
    let counts = [first.recorded().strict.len(), second.recorded().strict.len()];
    assert_eq!(counts.iter().sum::<usize>(), 12);
    assert!(counts.iter().all(|count| *count >= 3), "{counts:?}");
    assert_eq!(status_with(&mut platform, json!({ "addresses": [deserted().await, deserted().await] })).await, 502);
}

#[tokio::test]
async fn a_busy_address_is_left_for_one_that_is_not_and_a_full_resource_says_so() {
    let (first, second) = (Recorder::start().await.unwrap(), Recorder::start().await.unwrap());
    let mut platform = Platform::start().await;
    let upstream = json!({ "addresses": [first.address, second.address], "most_exchanges": 3 });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    let mut waiting = Vec::new();
    for count in 1..=3 {
        let mut client = platform.client(APP).await;
        let cookie = platform.app_cookie("app");
        client
            .send(format!("GET /never HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n").as_bytes())
            .await
            .unwrap();
        while first.recorded().strict.len() + second.recorded().strict.len() < count {
            tokio::task::yield_now().await;
        }
        waiting.push(client);
    }
    let counts = [first.recorded().strict.len(), second.recorded().strict.len()];
    assert!(counts.contains(&1) && counts.contains(&2), "{counts:?}");
    assert_eq!(get(&platform, "/").await, 503);
    drop(waiting);
    first.all_closed().await;
    second.all_closed().await;
    assert_eq!(get(&platform, "/").await, 200);
}

#[tokio::test]
async fn only_what_is_safe_is_asked_again() {
    let origin = HabitOrigin::start().await;
    let mut platform = Platform::start().await;
    let upstream = json!({ "addresses": [origin.address] });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    let cookie = platform.app_cookie("app");
    let mut client = platform.client(APP).await;
    let mut ask = async |method: &str, body: &str| {
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let request = format!("{method} /once HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{length}\r\n{body}");
        client.send(request.as_bytes()).await.unwrap();
        client.response(method).await.unwrap().unwrap().status
    };
    // The origin answers one request on each connection, and closes on the second.
    assert_eq!(ask("GET", "").await, 200);
    assert_eq!(ask("GET", "").await, 200);
    assert_eq!(origin.lines().len(), 3, "{:?}", origin.lines());
    assert_eq!(ask("POST", "pay").await, 502);
    assert_eq!(origin.lines().len(), 4, "{:?}", origin.lines());
}

#[tokio::test]
async fn the_policy_is_asked_about_the_path_that_is_sent() {
    let mut platform = Platform::start().await;
    let upstream = json!({ "addresses": [platform.recorder.address], "strip_prefix": "/api" });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    // `/admin` is closed by policy; `/api` is not the application's to see.
    for (path, expected) in [
        ("/api/x?y", 200),
        ("/api", 200),
        ("/api/admin", 403),
        ("/api/admin/x", 403),
        ("/admin", 404),
        ("/apiary", 404),
        ("/api%2e/x", 404),
        ("/api/../x", 400),
        ("/%61pi/x", 404),
        ("/api%2fadmin", 404),
        ("//api/x", 404),
        ("/api//admin", 403),
        ("/api/%61dmin", 403),
        ("/", 404),
    ] {
        assert_eq!(get(&platform, path).await, expected, "{path}");
    }
    let lines: Vec<String> = platform.recorder.recorded().strict.into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["GET /x?y", "GET /"]);
    let answer = platform.get(APP, "/api/z", &format!("Cookie: {}\r\n", platform.app_cookie("app"))).await;
    let decision = platform.decision(answer.field("x-request-id").unwrap()).await.unwrap();
    assert_eq!(decision.path.as_deref(), Some("/z"));
    let upstream = json!({ "addresses": [platform.recorder.address], "add_prefix": "/admin" });
    assert_eq!(status_with(&mut platform, upstream).await, 403);
}
