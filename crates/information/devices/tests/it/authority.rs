//! The authorities: what they issue, and what a handshake accepts because of it.

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sekisho_authority::Authority;
use sekisho_device_protocol::Base64;
use sekisho_device_protocol::enrolment::EnrolRequest;
use sekisho_devices::identify;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::platform::{HOST, Platform, at, id, now};

fn key_der(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))
}

#[tokio::test]
async fn the_authorities_are_made_once() {
    let platform = Platform::start().await;
    let again = Authority::open(&platform.store, at(5)).await.unwrap();
    assert_eq!(again.server_ca_pem(), platform.devices.authority().server_ca_pem());
    assert_eq!(again.server_ca_pin(), platform.devices.authority().server_ca_pin());
    let other = Platform::start().await;
    assert_ne!(other.devices.authority().server_ca_pin(), again.server_ca_pin());
}

#[tokio::test]
async fn our_hosts_are_believed_under_their_own_names_only() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    assert!(front.connect(HOST, None).await.is_ok());
    assert!(front.connect("portal.localhost", None).await.is_err());
    assert!(platform.devices.authority().issue_server(&["not a name\u{e9}"], now()).is_err());
}

#[tokio::test]
async fn i17_the_server_sets_every_field_of_a_device_certificate() {
    let platform = Platform::start().await;
    let key = KeyPair::generate().unwrap();
    let mut greedy = CertificateParams::new(vec!["admin.localhost".to_owned()]).unwrap();
    greedy.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    greedy.subject_alt_names.push(SanType::URI("sekisho:device:somebody-else".try_into().unwrap()));
    greedy.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::Any];
    let csr = Base64(greedy.serialize_request(&key).unwrap().der().to_vec());
    let token = platform.token("laptop", at(0)).await;
    let issued = platform.devices.enrol(&EnrolRequest { token, csr }, at(1)).await.unwrap();

    let der = &issued.chain[0].0;
    let (_, certificate) = X509Certificate::from_der(der).unwrap();
    assert!(!certificate.is_ca());
    let usage = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && !usage.any);
    let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert_eq!(format!("{names:?}"), r#"[URI("sekisho:device:laptop")]"#);
    let days = (certificate.validity().not_after.timestamp() - at(1).as_seconds()) / 86_400;
    assert_eq!(days, 30);
    assert_eq!(identify(der).unwrap().id, id("laptop"));
}

#[tokio::test]
async fn ten_thousand_names_in_a_request_change_nothing() {
    let platform = Platform::start().await;
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = (0..10_000).map(|n| format!("n{n}.localhost")).collect();
    let request = CertificateParams::new(names).unwrap().serialize_request(&key).unwrap();
    let csr = Base64(request.der().to_vec());
    let token = platform.token("laptop", at(0)).await;
    let issued = platform.devices.enrol(&EnrolRequest { token, csr }, at(1)).await.unwrap();
    assert!(issued.chain[0].0.len() < 1024);
}

#[tokio::test]
async fn i17_only_our_own_kind_of_certificate_names_a_device() {
    let key = KeyPair::generate().unwrap();
    let good = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI("sekisho:device:a".try_into().unwrap())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.is_ca = IsCa::ExplicitNoCa;
        change(&mut params);
        identify(params.self_signed(&key).unwrap().der())
    };
    assert_eq!(good(&|_| ()).unwrap().id, id("a"));
    assert!(good(&|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)).is_none());
    assert!(good(&|p| p.extended_key_usages.clear()).is_none());
    assert!(good(&|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]).is_none());
    assert!(good(&|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any]).is_none());
    for more in
        [ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::Any, ExtendedKeyUsagePurpose::CodeSigning]
    {
        assert!(good(&|p| p.extended_key_usages.push(more.clone())).is_none(), "{more:?}");
    }
    assert!(good(&|p| p.subject_alt_names.clear()).is_none());
    assert!(good(&|p| p.subject_alt_names.push(SanType::DnsName("x.y".try_into().unwrap()))).is_none());
    for uri in ["sekisho:device:", "sekisho:device:A", "sekisho:device:a/b", "urn:device:a", "xsekisho:device:a"] {
        assert!(good(&|p| p.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())]).is_none(), "{uri}");
    }
    assert!(identify(b"").is_none());
    assert!(identify(b"\x30\x03\x02\x01\x01").is_none());
}

#[tokio::test]
async fn a_handshake_believes_the_device_authority_only() {
    let platform = Platform::start().await;
    let front = platform.serve().await;
    let laptop = platform.enrolled("laptop", now()).await;
    assert_eq!(front.send(Some(&laptop), "GET", "/report", "").await.0, 200);

    // Another installation's device, with the same name.
    let elsewhere = Platform::start().await.enrolled("laptop", now()).await;
    assert!(!is_accepted(&front, elsewhere.certificate()).await);

    // A certificate that the device signed itself, as if it were an authority.
    let child = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::URI("sekisho:device:other".try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (mut chain, _) = laptop.certificate();
    let issuer = Issuer::from_ca_cert_der(&chain[0], &laptop.key).unwrap();
    chain.insert(0, params.signed_by(&child, &issuer).unwrap().into());
    assert!(!is_accepted(&front, (chain, key_der(&child))).await);

    // A certificate of one of our hosts is not a device's.
    let server = platform.devices.authority().issue_server(&[HOST], now()).unwrap();
    assert!(!is_accepted(&front, (server.chain, server.key)).await);
}

/// Whether the server goes on after a handshake with that certificate.
async fn is_accepted(
    front: &crate::platform::Front,
    certificate: (Vec<rustls::pki_types::CertificateDer<'static>>, PrivateKeyDer<'static>),
) -> bool {
    // With TLS 1.3 a client learns of its certificate's refusal only when it reads.
    let Ok(mut stream) = front.connect(HOST, Some(certificate)).await else { return false };
    let mut byte = [0];
    stream.write_all(b"GET /report HTTP/1.1\r\nHost: d\r\n\r\n").await.is_ok()
        && stream.read_exact(&mut byte).await.is_ok()
}
