//! Open streams end when they are no longer permitted, within a second, and only those.

use std::time::{Duration, Instant};

use sekisho_attacks::Client;
use sekisho_ledger::Filter;
use sekisho_model::documents::Kind;
use sekisho_model::{Record, SessionId, StreamEnd};

use crate::platform::{ALICE, APP, Platform, session};

pub(crate) const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The longest that anything may go on after the change.
const SECOND: Duration = Duration::from_secs(1);

pub(crate) async fn open(platform: &Platform, path: &str, lines: &str) -> Client {
    let mut client = platform.client(APP).await;
    let cookie = platform.app_cookie("app");
    client
        .send(format!("GET {path} HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n{lines}\r\n").as_bytes())
        .await
        .unwrap();
    client
}

/// Reads until what was read contains the text.
pub(crate) async fn until(client: &mut Client, text: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    while !seen.windows(text.len()).any(|window| window == text) {
        seen.extend(client.bytes().await.unwrap().expect("more"));
    }
    seen
}

async fn rest(client: &mut Client) -> Vec<u8> {
    let mut seen = Vec::new();
    while let Some(bytes) = client.bytes().await.unwrap() {
        seen.extend(bytes);
    }
    seen
}

fn end_session(platform: &mut Platform) -> Instant {
    platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), None);
    Instant::now()
}

pub(crate) async fn recorded_end(platform: &Platform) -> StreamEnd {
    loop {
        let newest = platform.ledger.recent(20, Filter::default()).await;
        if let Some(end) = newest.into_iter().find_map(|(_, record)| match record {
            Record::StreamEnd(end) => Some(end),
            _ => None,
        }) {
            return end;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_websocket_is_closed_with_a_code() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/socket", HANDSHAKE).await;
    // What was read may end inside a message: the messages are counted from the end of the head.
    let mut seen = until(&mut client, b"\x81\x05hello").await;
    let head = seen.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    seen.drain(..head + 4);
    let changed = end_session(&mut platform);
    seen.extend(rest(&mut client).await);
    assert!(changed.elapsed() < SECOND, "{:?}", changed.elapsed());
    // Whole messages, then one close frame: 1008 and the reason.
    let close = seen
        .windows(4)
        .position(|window| window[0] == 0x88 && window[2..] == 1008_u16.to_be_bytes())
        .expect("a close frame");
    let (messages, close) = seen.split_at(close);
    assert!(messages.len() % 7 == 0 && messages.chunks(7).all(|message| message == b"\x81\x05hello"), "{messages:?}");
    assert_eq!(usize::from(close[1]) + 2, close.len());
    let reason = std::str::from_utf8(&close[4..]).unwrap().to_owned();
    platform.recorder.all_closed().await;
    let end = recorded_end(&platform).await;
    assert_eq!((end.reason, end.resource.as_str(), end.subject.as_str()), (reason, "app", "alice"));
    assert!(end.delay_ms.expect("a delay") < 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_whoever_is_still_sending_is_told_too() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/socket", HANDSHAKE).await;
    until(&mut client, b"\x81\x05hello").await;
    end_session(&mut platform);
    for _ in 0..64 {
        client.send(&[0x82; 1024]).await.unwrap();
    }
    let seen = rest(&mut client).await;
    assert!(seen.windows(4).any(|window| window[0] == 0x88 && window[2..] == 1008_u16.to_be_bytes()), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_websocket_inside_a_frame_is_dropped_without_one() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/half-a-frame", HANDSHAKE).await;
    until(&mut client, b"half").await;
    let changed = end_session(&mut platform);
    assert_eq!(rest(&mut client).await, b"", "a close frame would have been read as the rest of the message");
    assert!(changed.elapsed() < SECOND, "{:?}", changed.elapsed());
    platform.recorder.all_closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_events_end_with_one_that_says_why() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/events", "Accept: text/event-stream\r\n").await;
    until(&mut client, b"data: 1").await;
    let changed = end_session(&mut platform);
    let seen = until(&mut client, b"0\r\n\r\n").await;
    assert!(changed.elapsed() < SECOND, "{:?}", changed.elapsed());
    let text = String::from_utf8(seen).unwrap();
    assert!(text.contains("\n\nevent: sekisho-end\ndata: {"), "{text}");
    platform.recorder.all_closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_download_breaks_off() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/download", "").await;
    until(&mut client, b"xxxxxxxx").await;
    let changed = end_session(&mut platform);
    // Whatever was under way arrives; the announced length never does.
    let more = rest(&mut client).await;
    assert!(changed.elapsed() < SECOND * 2, "{:?}, {} bytes", changed.elapsed(), more.len());
    platform.recorder.all_closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_download_that_nobody_reads_is_let_go_of() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/download", "").await;
    until(&mut client, b"xxxxxxxx").await;
    end_session(&mut platform);
    // The client reads nothing more; the upstream's connection ends all the same.
    tokio::time::timeout(SECOND, platform.recorder.all_closed()).await.expect("the upstream was let go of");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_request_that_still_waits_is_denied() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/never", "").await;
    while platform.recorder.recorded().strict.is_empty() {
        tokio::task::yield_now().await;
    }
    end_session(&mut platform);
    assert_eq!(client.response("GET").await.unwrap().unwrap().status, 403);
    platform.recorder.all_closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_still_permitted_goes_on() {
    let mut platform = Platform::start().await;
    let mut client = open(&platform, "/socket", HANDSHAKE).await;
    until(&mut client, b"\x81\x05hello").await;
    // Changes that concern the same person, and do not matter.
    let id = SessionId::from_bytes(ALICE).to_string();
    platform.change(Kind::Session, &id, Some(session(ALICE, "alice", &["passkey"])));
    platform.change(Kind::Group, "others", Some(serde_json::json!({ "id": "others", "name": "Others" })));
    for _ in 0..50 {
        until(&mut client, b"\x81\x05hello").await;
    }
    assert!(
        platform
            .ledger
            .recent(50, Filter::default())
            .await
            .iter()
            .all(|(_, record)| !matches!(record, Record::StreamEnd(_)))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_ends_the_upstreams_work() {
    let platform = Platform::start().await;
    for path in ["/never", "/events", "/download"] {
        let client = open(&platform, path, "").await;
        while platform.recorder.recorded().strict.is_empty() {
            tokio::task::yield_now().await;
        }
        drop(client);
        platform.recorder.all_closed().await;
        platform.recorder.forget();
    }
}
