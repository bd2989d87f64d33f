//! A certificate authority's question: answered for the host that there is an answer for, and on that connection nothing else.

use rustls::pki_types::PrivatePkcs8KeyDer;
use sekisho_attacks::{Client, trusting};
use sekisho_gateway::ServerCertificate;

use crate::platform::{APP, OTHER, Platform};

const ACME: &[u8] = b"acme-tls/1";

/// An answer for a host, and who believes it.
fn answer(host: &str) -> (ServerCertificate, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed([APP, OTHER].map(String::from)).unwrap();
    let der = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
    (ServerCertificate { hosts: vec![host.to_owned()], chain: vec![der.clone()], key }, der.to_vec())
}

async fn shakes_hands(platform: &Platform, believed: &[u8], protocols: &[&[u8]], host: &str) -> Option<Client> {
    Client::connect(platform.address(), trusting(believed, protocols).unwrap(), host).await.ok()
}

#[tokio::test]
async fn i24_an_answer_is_for_its_host_and_nothing_is_served_on_its_connection() {
    let platform = Platform::start().await;
    let (shown, believed) = answer(APP);
    assert!(shakes_hands(&platform, &believed, &[ACME], APP).await.is_none(), "there is no answer yet");
    platform.certificates.answer(Some(shown)).unwrap();

    let mut client = shakes_hands(&platform, &believed, &[ACME], APP).await.expect("the answer");
    let cookie = platform.app_cookie("app");
    // It may be closed before this is sent.
    let _ = client.send(format!("GET / HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n").as_bytes()).await;
    let served = client.response("GET").await;
    assert!(!matches!(served, Ok(Some(_))), "{served:?}");
    assert_eq!(platform.ledger.size(), 0, "nothing was decided");

    assert!(shakes_hands(&platform, &believed, &[ACME], OTHER).await.is_none(), "another host");
    for protocols in [&[ACME, b"h2"][..], &[b"http/1.1", ACME], &[ACME, ACME]] {
        assert!(shakes_hands(&platform, &believed, protocols, APP).await.is_none(), "{protocols:?}");
        assert!(shakes_hands(&platform, &platform.root, protocols, APP).await.is_none(), "{protocols:?}");
    }
    for protocols in [&[][..], &[&b"http/1.1"[..]], &[b"h2"]] {
        assert!(shakes_hands(&platform, &believed, protocols, APP).await.is_none(), "{protocols:?}");
        assert!(shakes_hands(&platform, &platform.root, protocols, APP).await.is_some(), "{protocols:?}");
    }

    platform.certificates.answer(None).unwrap();
    assert!(shakes_hands(&platform, &believed, &[ACME], APP).await.is_none(), "the order has ended");
}
