//! The question of a certificate authority is answered while an order is open, for its host, and in no other case.

use sekisho_e2e::acme::{Conduct, ask};

use crate::place::{PORTAL, Place};

#[tokio::test]
async fn i24_without_an_open_order_nobody_is_answered() {
    let place = Place::start(Conduct::default()).await;
    let refused = async || {
        for host in [PORTAL, "unknown.localhost"] {
            for protocols in [&[&b"acme-tls/1"[..]][..], &[b"acme-tls/1", b"h2"], &[b"http/1.1", b"acme-tls/1"]] {
                let asked = ask(place.address(), host, protocols).await.unwrap_err().to_string();
                assert!(asked.contains("the handshake"), "{host}: {asked}");
            }
        }
    };
    refused().await;
    place.order(&[PORTAL]).await;
    place.is_certified(PORTAL).await;
    refused().await;
    assert_eq!(place.server.unproven(), Vec::<String>::new());
}

#[tokio::test]
async fn i24_an_open_order_answers_for_its_own_host_only() {
    let looks_at = Some("devices.localhost".to_owned());
    let place = Place::start(Conduct { looks_at, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    let row = place.becomes(PORTAL, |row| row["problem"].is_string()).await;
    assert!(row["problem"].as_str().unwrap().contains("handshake"), "{row}");
    assert!(place.server.unproven()[0].contains("the handshake"), "{:?}", place.server.unproven());
    place.server.conduct(|conduct| conduct.looks_at = None);
    place.platform.command(&["reload"]).await.unwrap();
    place.is_certified(PORTAL).await;
}

#[tokio::test]
async fn i24_an_authority_that_asks_for_another_host_gets_no_answer() {
    let asks_for = Some("devices.localhost".to_owned());
    let place = Place::start(Conduct { asks_for, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    let row = place.becomes(PORTAL, |row| row["problem"].is_string()).await;
    assert!(row["problem"].as_str().unwrap().contains("another host"), "{row}");
    assert_eq!(place.server.unproven(), Vec::<String>::new(), "it never came to a handshake");
    assert!(ask(place.address(), "devices.localhost", &[b"acme-tls/1"]).await.is_err());
}
