//! Keys that a transmitter publishes: read when they are needed, and not again for every token that anybody sends.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::place::{MAIL, Place, alive, end_of, was_cut};
use crate::transmitter::{AUDIENCE, ISSUER, email};

const DOCUMENT: &str = r#"
[[transmitter]]
id = "published"
source = { signed = { issuer = "ISSUER", audience = "AUDIENCE", keys = "http://127.0.0.1:PORT/keys" } }
events = { session-revoked = "end-sessions" }

[[transmitter]]
id = "gone"
source = { signed = { issuer = "ISSUER", audience = "AUDIENCE", keys = "http://127.0.0.1:9/keys" } }
events = { session-revoked = "end-sessions" }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_keys_are_read_when_needed_and_not_for_every_token() {
    let mut place = Place::new().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let port = serve(place.transmitter.keys().await.unwrap(), Arc::clone(&asked)).await;
    let text = DOCUMENT.replace("ISSUER", ISSUER).replace("AUDIENCE", AUDIENCE).replace("PORT", &port.to_string());
    place.platform.apply(&[("published.toml", &text)]).await.unwrap();
    let mut socket = place.socket().await;
    let good = place.transmitter.claims("session-revoked", &email(MAIL));
    let gone = place.transmitter.send("gone", &good).await.unwrap();
    assert_eq!((gone.status, &gone.body["err"]), (503, &json!("invalid_request")), "{}", gone.body);
    let began = Instant::now();
    for _ in 0..20 {
        let token = place.transmitter.sign(&good, json!({ "header": { "kid": "unheard-of" } })).await.unwrap();
        assert_eq!(place.transmitter.push("published", &token).await.unwrap().status, 400);
    }
    let most = 2 + usize::try_from(began.elapsed().as_secs() / 5).unwrap();
    let count = asked.load(Ordering::SeqCst);
    assert!((1..=most).contains(&count), "{count} in {:?}", began.elapsed());
    alive(&mut socket).await;
    let end = tokio::spawn(end_of(socket));
    assert_eq!(place.transmitter.send("published", &good).await.unwrap().status, 202);
    was_cut(end, Instant::now()).await;
}

/// Serves keys on a free port of loopback.
async fn serve(keys: String, asked: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            asked.fetch_add(1, Ordering::SeqCst);
            let answer =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{keys}", keys.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    port
}
