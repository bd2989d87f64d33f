//! Metrics, health and readiness tell what happened, and nothing that a client chose.

use std::net::SocketAddr;
use std::time::Duration;

use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::example::{CLOSED, OPEN};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::place::Place;

pub(crate) async fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The metrics, once they hold that line: they are as of the last second.
pub(crate) async fn metrics_with(address: SocketAddr, line: &str) -> String {
    let seen = async {
        loop {
            let metrics = ask(address, "/metrics").await;
            if metrics.lines().any(|other| other.starts_with(line)) {
                return metrics;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), seen).await;
    assert!(found.is_ok(), "no `{line}` came");
    found.unwrap()
}

#[tokio::test]
async fn what_happens_is_counted_and_readiness_is_told() {
    let address = server_address().unwrap();
    let mut place = Place::start(&format!("operation_listen = \"{address}\"\n")).await;
    assert!(ask(address, "/healthz").await.starts_with("HTTP/1.1 200"));
    let ready = ask(address, "/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("\"ready\":true"), "{ready}");

    place.person.open(OPEN, "/?secret-of-a-client").await.unwrap();
    place.person.open(CLOSED, "/").await.unwrap().expect(403).unwrap();
    let denials = "sekisho_decisions_total{resource=\"closed\",outcome=\"deny\",reason=\"no-policy-permits\"} 1";
    let permits = "sekisho_decisions_total{resource=\"open\",outcome=\"permit\"";
    for line in [denials, permits, "sekisho_refusals_total{kind=", "sekisho_decide_seconds_bucket{le=", "# EOF"] {
        metrics_with(address, line).await;
    }
    let metrics = ask(address, "/metrics").await;
    assert!(!metrics.contains("secret-of-a-client"), "{metrics}");

    let socket = place.socket().await;
    metrics_with(address, "sekisho_open_streams 1").await;
    place.platform.command(&["session", "end", "--user", "runner"]).await.unwrap();
    metrics_with(address, "sekisho_cuts_total{reason=\"session-ended\"} 1").await;
    drop(socket);

    place.platform.upgrade().await.unwrap();
    let first = place.platform.first_process_ended().await.unwrap();
    assert_eq!(first, Some(0));
    assert!(ask(address, "/readyz").await.starts_with("HTTP/1.1 200"), "the new process serves it");
}

#[tokio::test]
async fn silent_connections_hold_the_metrics_for_no_longer_than_a_head_may_take() {
    let address = server_address().unwrap();
    let _place = Place::start(&format!("operation_listen = \"{address}\"\n")).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    // The first of them end with nothing said; those behind them only wait in the system's queue.
    let ended = tokio::time::timeout(Duration::from_secs(20), silent[0].read_u8()).await;
    assert!(ended.expect("its end in time").is_err());
    drop(silent);
    let answer = tokio::time::timeout(Duration::from_secs(30), ask(address, "/healthz")).await;
    assert!(answer.expect("an answer in time").starts_with("HTTP/1.1 200"));
}
