//! Clients that are slow, silent or many hold nothing for long.

use std::time::{Duration, Instant};

use sekisho_attacks::{Client, trusting};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::platform::{APP, Platform};

const SHORT: Duration = Duration::from_millis(300);
/// Well beyond the limits of these tests, and well below the defaults.
const SOON: Duration = Duration::from_secs(5);

async fn hasty() -> Platform {
    Platform::with(|config| {
        config.head_timeout = SHORT;
        config.handshake_timeout = SHORT;
        config.idle_timeout = SHORT;
        config.body_grace = SHORT;
    })
    .await
}

async fn ends_soon(mut client: Client) -> Vec<u8> {
    let began = Instant::now();
    let mut seen = Vec::new();
    while let Some(bytes) = client.bytes().await.expect("an end in time") {
        seen.extend(bytes);
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    seen
}

#[tokio::test]
async fn a_silent_connection_ends() {
    let platform = hasty().await;
    let mut tcp = TcpStream::connect(platform.address()).await.unwrap();
    assert!(matches!(tokio::time::timeout(SOON, tcp.read(&mut [0; 1])).await.unwrap(), Ok(0) | Err(_)));
    assert_eq!(ends_soon(platform.client(APP).await).await, b"");
}

#[tokio::test]
async fn a_head_that_drips_ends_with_408() {
    let platform = hasty().await;
    let mut client = platform.client(APP).await;
    client.send(b"GET / HTTP/1.1\r\nHost").await.unwrap();
    assert!(ends_soon(client).await.starts_with(b"HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_body_that_drips_ends_with_408() {
    let platform = hasty().await;
    let mut client = platform.client(APP).await;
    let cookie = platform.app_cookie("app");
    let head = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nContent-Length: 100000\r\n\r\nabc");
    client.send(head.as_bytes()).await.unwrap();
    assert!(ends_soon(client).await.starts_with(b"HTTP/1.1 408 "));
    platform.recorder.all_closed().await;
}

#[tokio::test]
async fn an_idle_connection_ends_quietly() {
    let platform = hasty().await;
    let mut client = platform.client(APP).await;
    client.send(format!("GET / HTTP/1.1\r\nHost: {APP}\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(client.response("GET").await.unwrap().unwrap().status, 401);
    assert_eq!(ends_soon(client).await, b"");
}

#[tokio::test]
async fn http2_that_begins_and_does_not_go_on_ends() {
    let platform = hasty().await;
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    // HEADERS of stream 1 without END_HEADERS.
    let headers = b"\0\0\x01\x01\0\0\0\0\x01\x82";
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for sent in [
        b"".to_vec(),
        preface[..10].to_vec(),
        preface.to_vec(),
        [&preface[..], settings].concat(),
        [&preface[..], settings, headers].concat(),
    ] {
        let tls = trusting(&platform.root, &[b"h2"]).unwrap();
        let mut client = Client::connect(platform.address(), tls, APP).await.unwrap();
        client.send(&sent).await.unwrap();
        ends_soon(client).await;
    }
}

#[tokio::test]
async fn a_flood_of_empty_frames_ends() {
    let platform = Platform::start().await;
    let tls = trusting(&platform.root, &[b"h2"]).unwrap();
    let mut client = Client::connect(platform.address(), tls, APP).await.unwrap();
    let ping = b"\0\0\x08\x06\0\0\0\0\0abcdefgh";
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    sent.extend(ping.repeat(5000));
    // The connection may end while this is being sent.
    let _ = client.send(&sent).await;
    ends_soon(client).await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let platform = Platform::with(|config| config.connections_per_address = 2).await;
    let (first, _second) = (platform.client(APP).await, platform.client(APP).await);
    assert!(Client::connect(platform.address(), platform.tls.clone(), APP).await.is_err());
    drop(first);
    // A place is free as soon as the gateway sees the end.
    let began = Instant::now();
    while Client::connect(platform.address(), platform.tls.clone(), APP).await.is_err() {
        assert!(began.elapsed() < SOON);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn plain_http_only_leads_to_https() {
    use tokio::io::AsyncWriteExt as _;
    let platform = Platform::with(|config| config.redirect_listen = vec![([127, 0, 0, 1], 0).into()]).await;
    let ask = async |request: &str| {
        let mut tcp = TcpStream::connect(platform.gateway.redirect_addresses[0]).await.unwrap();
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer =
        ask(&format!("GET /a?b=c HTTP/1.1\r\nHost: {APP}:80\r\nCookie: {}\r\n\r\n", platform.app_cookie("app"))).await;
    assert!(answer.starts_with("HTTP/1.1 308 "), "{answer}");
    assert!(answer.contains(&format!("location: https://{APP}:{}/a?b=c\r\n", platform.address().port())), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("set-cookie"));
    assert!(ask("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n").await.starts_with("HTTP/1.1 404 "));
    let answer = ask("GET //evil.test/ HTTP/1.1\r\nHost: app.test\r\n\r\n").await;
    assert!(
        answer.contains(&format!("location: https://{APP}:{}//evil.test/\r\n", platform.address().port())),
        "{answer}"
    );
    assert!(ask("GET /a/../b HTTP/1.1\r\nHost: app.test\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
    assert!(platform.recorder.recorded().bytes.is_empty());
}

#[tokio::test]
async fn activity_is_reported() {
    let mut platform = Platform::start().await;
    platform.get(APP, "/", &format!("Cookie: {}\r\n", platform.app_cookie("app"))).await;
    let batch = platform.activity.recv().await.unwrap();
    assert_eq!(batch.iter().map(|(session, _)| *session.as_bytes()).collect::<Vec<_>>(), [crate::platform::ALICE]);
}
