//! What is said before the answer, and WebSockets that are asked for over HTTP/2.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::ext::Protocol;
use h2::{RecvStream, SendStream};
use http::{Method, Request, Response};
use sekisho_model::SessionId;
use sekisho_model::documents::Kind;
use sekisho_policy_enforcement::Audience;
use serde_json::json;

use crate::calls::app_with;
use crate::http2::connect;
use crate::origin::{HabitOrigin, Http2Origin};
use crate::platform::{ALICE, APP, BOB, Platform};
use crate::streams::HANDSHAKE;

async fn platform_with(origin: &HabitOrigin) -> Platform {
    let mut platform = Platform::start().await;
    platform.change(Kind::Resource, "app", Some(app_with(&json!({ "addresses": [origin.address] }))));
    platform
}

async fn said_before(response: &mut ResponseFuture) -> Vec<Response<()>> {
    let mut said = Vec::new();
    poll_fn(|context| {
        loop {
            match response.poll_informational(context) {
                Poll::Ready(Some(hint)) => said.push(hint.unwrap()),
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
    said
}

#[tokio::test]
async fn early_hints_reach_who_goes_to_a_page_and_carry_links_only() {
    let origin = HabitOrigin::start().await;
    let platform = platform_with(&origin).await;
    let cookie = platform.app_cookie("app");
    let mut client = platform.client(APP).await;
    for (accept, hints) in [("text/html", true), ("application/json", false)] {
        let request = format!("GET /hints HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nAccept: {accept}\r\n\r\n");
        client.send(request.as_bytes()).await.unwrap();
        let mut first = client.response("GET").await.unwrap().unwrap();
        if hints {
            assert_eq!(first.status, 103);
            assert_eq!(first.fields, [("link".to_owned(), "</style.css>; rel=preload".to_owned())]);
            first = client.response("GET").await.unwrap().unwrap();
        }
        assert_eq!((first.status, first.body.as_slice()), (200, b"ok".as_slice()));
    }
    let mut send = connect(&platform, APP).await;
    let request = Request::get(format!("https://{APP}/hints")).header("cookie", &cookie).header("accept", "text/html");
    let (mut response, _) = send.send_request(request.body(()).unwrap(), true).unwrap();
    let said = said_before(&mut response).await;
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].status().as_u16(), said[0].headers().len()), (103, 1));
    assert_eq!(response.await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_that_waits_to_be_wanted_is_asked_for_once_it_is_permitted() {
    let origin = HabitOrigin::start().await;
    let platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    for (cookie, permitted) in [(platform.app_cookie("app"), true), ("a=b".to_owned(), false)] {
        let request = Request::post(format!("https://{APP}/x"))
            .header("cookie", cookie)
            .header("expect", "100-continue")
            .header("content-length", "3");
        let (mut response, mut up) = send.send_request(request.body(()).unwrap(), false).unwrap();
        if permitted {
            let first = poll_fn(|context| response.poll_informational(context)).await.unwrap().unwrap();
            assert_eq!(first.status(), 100);
            up.send_data(Bytes::from_static(b"abc"), true).unwrap();
        }
        assert_eq!(response.await.unwrap().status(), if permitted { 200 } else { 401 });
    }
    assert_eq!(origin.lines(), ["POST /x HTTP/1.1"]);
}

fn ask(send: &mut SendRequest<Bytes>, cookie: &str, origin: &str) -> (ResponseFuture, SendStream<Bytes>) {
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(format!("https://{APP}/socket"))
        .header("cookie", cookie)
        .header("origin", origin)
        .header("sec-websocket-version", "13")
        .body(())
        .unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    send.send_request(request, false).unwrap()
}

async fn exactly(down: &mut RecvStream, length: usize) -> Vec<u8> {
    let mut seen = Vec::new();
    while seen.len() < length {
        let data = down.data().await.unwrap().unwrap();
        down.flow_control().release_capacity(data.len()).unwrap();
        seen.extend(data);
    }
    seen
}

/// A connection on which the server has said that it takes extended CONNECT.
async fn connect_extended(platform: &Platform) -> SendRequest<Bytes> {
    let send = connect(platform, APP).await;
    while !send.is_extended_connect_protocol_enabled() {
        tokio::task::yield_now().await;
    }
    send
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_websocket_over_http2_is_carried_and_closed_with_a_code() {
    let origin = HabitOrigin::start().await;
    let mut platform = platform_with(&origin).await;
    let mut send = connect_extended(&platform).await;
    let (response, mut up) = ask(&mut send, &platform.app_cookie("app"), &format!("https://{APP}"));
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    for hop in ["sec-websocket-accept", "upgrade", "connection", "content-length"] {
        assert!(!response.headers().contains_key(hop), "{hop}");
    }
    let mut down = response.into_body();
    let large = [b"\x82\x7e\xff\xff".as_slice(), &[9; 65_535]].concat();
    for frame in [b"\x82\x03one".as_slice(), &large] {
        up.send_data(Bytes::copy_from_slice(frame), false).unwrap();
        assert_eq!(exactly(&mut down, frame.len()).await, frame);
    }
    platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), None);
    let changed = Instant::now();
    let close = exactly(&mut down, 4).await;
    assert_eq!((close[0], &close[2..4]), (0x88, 1008_u16.to_be_bytes().as_slice()));
    while let Some(Ok(data)) = down.data().await {
        down.flow_control().release_capacity(data.len()).unwrap();
    }
    assert!(changed.elapsed() < Duration::from_secs(1), "{:?}", changed.elapsed());
    assert_eq!(origin.lines(), ["GET /socket HTTP/1.1"]);
}

#[tokio::test]
async fn a_websocket_over_http2_is_refused_like_one_over_http1() {
    let origin = HabitOrigin::start().await;
    let platform = platform_with(&origin).await;
    let cookie = platform.app_cookie("app");
    let mut send = connect_extended(&platform).await;
    let own = format!("https://{APP}");
    for (cookie, page, expected) in [("a=b", own.as_str(), 401), (&cookie, "https://evil.test", 400)] {
        let (response, _up) = ask(&mut send, cookie, page);
        assert_eq!(response.await.unwrap().status(), expected);
    }
    // Other protocols, another version, a key of HTTP/1.1's.
    for (protocol, version, key, expected) in
        [("connect-udp", "13", None, 405), ("websocket", "8", None, 400), ("websocket", "13", Some("dGhl"), 400)]
    {
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(format!("https://{APP}/socket"))
            .header("cookie", &cookie)
            .header("sec-websocket-version", version);
        if let Some(key) = key {
            request = request.header("sec-websocket-key", key);
        }
        let mut request = request.body(()).unwrap();
        request.extensions_mut().insert(Protocol::from(protocol));
        let (response, _up) = send.send_request(request, false).unwrap();
        assert_eq!(response.await.unwrap().status(), expected, "{protocol} {version} {key:?}");
    }
    assert!(origin.lines().is_empty());
}

#[tokio::test]
async fn an_upstream_that_does_not_agree_opens_no_websocket() {
    let platform = Platform::start().await;
    let mut send = connect_extended(&platform).await;
    // The recorder switches protocols without the answer to our key.
    let (response, _up) = ask(&mut send, &platform.app_cookie("app"), &format!("https://{APP}"));
    assert_eq!(response.await.unwrap().status(), 502);
    platform.recorder.all_closed().await;
}

#[tokio::test]
async fn an_application_over_http2_is_asked_for_no_websocket_and_the_refusal_says_why() {
    let origin = Http2Origin::start(None).await;
    let mut platform = Platform::start().await;
    let upstream = json!({ "addresses": [origin.address], "protocol": "http2" });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    let (alice, bob) =
        (platform.app_cookie("app"), platform.cookie(Audience::Application(&"app".parse().unwrap()), BOB));
    // Who may not use the application hears that, and nothing of how it is reached.
    for (cookie, expected, kind) in [(&alice, 502, "application-without-websockets"), (&bob, 403, "access-denied")] {
        let answer = platform.get(APP, "/socket", &format!("Cookie: {cookie}\r\n{HANDSHAKE}")).await;
        let said = answer.text();
        assert_eq!(answer.status, expected, "{said}");
        assert!(said.contains(&format!("urn:sekisho:problem:{kind}\"")), "{said}");
        let mut send = connect_extended(&platform).await;
        let (response, _up) = ask(&mut send, cookie, &format!("https://{APP}"));
        let response = response.await.unwrap();
        assert_eq!(response.status(), expected);
        let said = exactly(&mut response.into_body(), said.len()).await;
        assert!(String::from_utf8_lossy(&said).contains(&format!("urn:sekisho:problem:{kind}\"")));
    }
    let said = platform.get(APP, "/socket", &format!("Cookie: {alice}\r\n{HANDSHAKE}")).await.text();
    assert!(
        said.contains("WebSockets are passed on over HTTP/1.1 only") && said.contains("HTTP/1.1 でのみ転送"),
        "{said}"
    );
    assert!(origin.heads().is_empty(), "nothing went out");
    assert_eq!(platform.get(APP, "/", &format!("Cookie: {alice}\r\n")).await.status, 200, "what is no WebSocket does");
}
