//! gRPC: both directions at once, fields after the body, and an answer of its own kind to what is denied or cut.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderMap, Method, Request, Version};
use sekisho_model::SessionId;
use sekisho_model::documents::Kind;
use sekisho_policy_enforcement::Audience;
use serde_json::{Value, json};

use crate::http2::connect;
use crate::origin::{BORNE, Http2Origin};
use crate::platform::{ALICE, APP, BOB, Platform, session};

/// The resource `app` with that upstream.
pub(crate) fn app_with(upstream: &Value) -> Value {
    json!({ "id": "app", "name": { "en": "The app" }, "host": APP, "sensitivity": 1, "upstream": upstream })
}

async fn platform_with(origin: &Http2Origin) -> Platform {
    let mut platform = Platform::with(|config| config.body_grace = Duration::from_millis(300)).await;
    let upstream = json!({ "addresses": [origin.address], "protocol": "http2" });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    platform
}

fn call(send: &mut SendRequest<Bytes>, cookie: &str) -> (ResponseFuture, SendStream<Bytes>) {
    let request = Request::builder()
        .method(Method::POST)
        .version(Version::HTTP_2)
        .uri(format!("https://{APP}/echo.Echo/Talk"))
        .header("content-type", "application/grpc+proto")
        .header("te", "trailers")
        .header("grpc-timeout", "20S")
        .header("cookie", cookie)
        .body(())
        .unwrap();
    send.send_request(request, false).unwrap()
}

#[tokio::test]
async fn a_call_goes_both_ways_with_the_fields_behind_it() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    let (response, mut up) = call(&mut send, &platform.app_cookie("app"));
    let response = response.await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/grpc".parse().unwrap())
    );
    let mut down = response.into_body();
    for message in [b"one".as_slice(), b"two", &[7; 200_000]] {
        up.send_data(Bytes::copy_from_slice(message), false).unwrap();
        let mut back = Vec::new();
        while back.len() < message.len() {
            let data = down.data().await.unwrap().unwrap();
            down.flow_control().release_capacity(data.len()).unwrap();
            back.extend(data);
        }
        assert_eq!(back, message);
    }
    let mut trailers = HeaderMap::new();
    for name in ["x-checksum", "x-auth-user", "cookie", "content-length"] {
        trailers.insert(name, "1".parse().unwrap());
    }
    up.send_trailers(trailers).unwrap();
    assert!(down.data().await.is_none());
    let trailers = down.trailers().await.unwrap().unwrap();
    let mut names: Vec<&str> = trailers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["got-x-checksum", "grpc-status"]);
    let [head] = origin.heads().try_into().unwrap();
    assert_eq!(head.uri().to_string(), format!("http://{APP}/echo.Echo/Talk"));
    for (name, value) in [("te", "trailers"), ("grpc-timeout", "20S"), ("content-type", "application/grpc+proto")] {
        assert_eq!(head.headers()[name], value);
    }
    assert_eq!(head.headers().get_all("sekisho-assertion").iter().count(), 1);
    assert!(!head.headers().contains_key("cookie") && !head.headers().contains_key("host"));
}

#[tokio::test]
async fn many_calls_share_a_connection_and_end_for_themselves() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    let cookie = platform.app_cookie("app");
    let mut calls = Vec::new();
    for _ in 0..50 {
        send = send.ready().await.unwrap();
        calls.push(call(&mut send, &cookie));
    }
    for (number, (response, mut up)) in calls.into_iter().enumerate() {
        up.send_data(Bytes::from(number.to_string()), true).unwrap();
        let mut down = response.await.unwrap().into_body();
        assert_eq!(down.data().await.unwrap().unwrap(), number.to_string());
        assert_eq!(down.trailers().await.unwrap().unwrap()["grpc-status"], "0");
    }
    origin.all_closed().await;
    assert_eq!(origin.connections(), 1);
}

#[tokio::test]
async fn who_takes_nothing_of_many_answers_holds_up_nobody_else() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    let cookie = platform.app_cookie("app");
    let mut greedy = connect(&platform, APP).await;
    let mut left = Vec::new();
    // More than one window of each that comes back, of which nothing is taken.
    let (calls, each) = (40, 100_000);
    for _ in 0..calls {
        let (response, mut up) = call(&mut greedy, &cookie);
        up.send_data(Bytes::from(vec![7; each]), false).unwrap();
        left.push((response.await.unwrap(), up));
    }
    // From then on whatever all their windows bear is taken: a window for all together of less would be used up.
    let filled = tokio::time::timeout(Duration::from_secs(20), origin.has_got(calls * each)).await;
    filled.expect("the origin answers everybody");
    let mut send = connect(&platform, APP).await;
    let (response, mut up) = call(&mut send, &cookie);
    up.send_data(Bytes::from_static(b"hello"), false).unwrap();
    let mut down = response.await.unwrap().into_body();
    let back = tokio::time::timeout(Duration::from_secs(20), down.data()).await;
    assert_eq!(back.expect("the answer is not held up").unwrap().unwrap(), "hello");
    drop(left);
}

/// Somebody else who may use the application.
const CAROL: [u8; 16] = [7; 16];

#[tokio::test]
async fn who_resets_without_end_is_given_a_connection_of_their_own() {
    let origin = Http2Origin::start(None).await;
    let mut platform = platform_with(&origin).await;
    platform.change(Kind::User, "carol", Some(json!({ "id": "carol", "name": "Carol", "groups": ["staff"] })));
    let id = SessionId::from_bytes(CAROL).to_string();
    platform.change(Kind::Session, &id, Some(session(CAROL, "carol", &["password", "totp"])));
    let mut alice = connect(&platform, APP).await;
    let (response, mut up) = call(&mut alice, &platform.app_cookie("app"));
    let mut down = response.await.unwrap().into_body();
    let carols = platform.cookie(Audience::Application(&"app".parse().unwrap()), CAROL);
    let mut carol = connect(&platform, APP).await;
    let (mut served, mut ended) = (0, 0);
    for _ in 0..400 {
        carol = carol.ready().await.unwrap();
        let (response, mut up) = call(&mut carol, &carols);
        match response.await {
            Ok(response) if response.status() == 200 => served += 1,
            _ => ended += 1,
        }
        up.send_reset(h2::Reason::CANCEL);
    }
    // The origin bears a hundred resets on a connection, and ends it.
    assert!(
        served > 300 && origin.resets().iter().any(|resets| *resets >= BORNE),
        "{served} {ended} {:?}",
        origin.resets()
    );
    assert!(origin.resets().first().is_some_and(|resets| *resets < BORNE), "{:?}", origin.resets());
    up.send_data(Bytes::from_static(b"still here"), true).unwrap();
    assert_eq!(down.data().await.unwrap().unwrap(), "still here");
    assert_eq!(down.trailers().await.unwrap().unwrap()["grpc-status"], "0");
    // Alice's next call goes where her first one went.
    let connections = origin.connections();
    let (response, mut up) = call(&mut alice, &platform.app_cookie("app"));
    up.send_data(Bytes::from_static(b"again"), true).unwrap();
    assert_eq!(response.await.unwrap().into_body().data().await.unwrap().unwrap(), "again");
    assert_eq!(origin.connections(), connections);
}

#[tokio::test]
async fn a_call_beyond_a_sessions_share_is_refused_and_another_session_is_served() {
    let origin = Http2Origin::start(None).await;
    let mut platform = Platform::with(|config| config.upstreams_per_session = 2).await;
    let upstream = json!({ "addresses": [origin.address], "protocol": "http2" });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    let id = SessionId::from_bytes(CAROL).to_string();
    platform.change(Kind::Session, &id, Some(session(CAROL, "alice", &["password", "totp"])));
    let elsewhere = platform.cookie(Audience::Application(&"app".parse().unwrap()), CAROL);
    let mut send = connect(&platform, APP).await;
    let cookie = platform.app_cookie("app");
    let mut open = Vec::new();
    for _ in 0..2 {
        let (response, up) = call(&mut send, &cookie);
        open.push((response.await.unwrap(), up));
    }
    let (response, _up) = call(&mut send, &cookie);
    let response = response.await.unwrap();
    // RESOURCE_EXHAUSTED.
    let status = response.headers().get("grpc-status").map(|status| status.to_str().unwrap().to_owned());
    assert!(status.as_deref() == Some("8"), "{response:?}");
    assert_eq!(origin.heads().len(), 2, "the upstream saw nothing of it");
    let (response, _up) = call(&mut send, &elsewhere);
    assert_eq!(response.await.unwrap().status(), 200, "another session has its own");
    let (response, mut up) = open.pop().unwrap();
    up.send_data(Bytes::new(), true).unwrap();
    let mut down = response.into_body();
    while down.data().await.is_some() {}
    assert_eq!(down.trailers().await.unwrap().unwrap()["grpc-status"], "0");
    let again = async {
        loop {
            let (response, _up) = call(&mut send, &cookie);
            if !response.await.unwrap().headers().contains_key("grpc-status") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("the place of the one that ended");
}

#[tokio::test]
async fn a_call_that_is_denied_says_so_in_its_own_fields() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    let bob = platform.cookie(Audience::Application(&"app".parse().unwrap()), BOB);
    for (cookie, status, code) in [("a=b", 401, "16"), (bob.as_str(), 403, "7")] {
        let (response, _up) = call(&mut send, cookie);
        let response = response.await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["grpc-status"], code);
        assert_eq!(response.headers()["content-type"], "application/grpc");
        assert!(response.headers().contains_key("grpc-message") && response.body().is_end_stream());
    }
    assert!(origin.heads().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_call_is_cut_in_both_directions_with_a_status() {
    let origin = Http2Origin::start(None).await;
    let mut platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    let (response, mut up) = call(&mut send, &platform.app_cookie("app"));
    let mut down = response.await.unwrap().into_body();
    up.send_data(Bytes::from_static(b"one"), false).unwrap();
    assert_eq!(down.data().await.unwrap().unwrap(), "one");
    platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), None);
    let changed = Instant::now();
    assert!(down.data().await.is_none());
    let trailers = down.trailers().await.unwrap().unwrap();
    assert_eq!(trailers["grpc-status"], "7");
    assert!(!trailers["grpc-message"].is_empty());
    assert!(changed.elapsed() < Duration::from_secs(1), "{:?}", changed.elapsed());
    origin.all_closed().await;
    // What is sent now goes nowhere, and the client hears of it.
    let reset = std::future::poll_fn(|context| up.poll_reset(context)).await;
    assert!(matches!(reset, Ok(h2::Reason::NO_ERROR | h2::Reason::CANCEL)), "{reset:?}");
}

#[tokio::test]
async fn a_silent_call_stays_where_a_silent_upload_ends() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    let cookie = platform.app_cookie("app");
    let (response, mut up) = call(&mut send, &cookie);
    let mut down = response.await.unwrap().into_body();
    let upload = Request::post(format!("https://{APP}/upload")).header("cookie", &cookie).body(()).unwrap();
    let (upload, _silent) = send.send_request(upload, false).unwrap();
    // The upload's answer begins at once, and breaks off when the upload has been silent for longer than it may.
    if let Ok(response) = upload.await {
        let mut body = response.into_body();
        while let Some(Ok(_)) = body.data().await {}
    }
    up.send_data(Bytes::from_static(b"still here"), true).unwrap();
    assert_eq!(down.data().await.unwrap().unwrap(), "still here");
}

#[tokio::test]
async fn a_call_that_the_client_leaves_ends_at_the_origin() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    let mut send = connect(&platform, APP).await;
    let (response, mut up) = call(&mut send, &platform.app_cookie("app"));
    let down = response.await.unwrap();
    up.send_reset(h2::Reason::CANCEL);
    drop(down);
    origin.all_closed().await;
}

/// All that comes for a request over HTTP/1 with those lines.
async fn over_http1(platform: &Platform, lines: &str) -> String {
    let mut client = platform.client(APP).await;
    let cookie = platform.app_cookie("app");
    let head = format!("POST / HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nConnection: close\r\n{lines}");
    client.send(format!("{head}Content-Length: 4\r\n\r\nbody").as_bytes()).await.unwrap();
    let mut all = Vec::new();
    while let Some(bytes) = client.bytes().await.unwrap() {
        all.extend(bytes);
    }
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn a_client_of_http1_that_takes_them_gets_the_fields_behind_a_body() {
    let origin = Http2Origin::start(None).await;
    let platform = platform_with(&origin).await;
    for taken in ["TE: trailers\r\n", "TE: deflate;q=0.5, Trailers\r\n"] {
        let all = over_http1(&platform, taken).await;
        // What could pass for a part of the head is not among them.
        assert!(all.ends_with("4\r\nbody\r\n0\r\ngrpc-status: 0\r\n\r\n"), "{all:?}");
    }
    for not_taken in ["", "TE: deflate\r\n", "TE: x-trailers\r\n"] {
        let all = over_http1(&platform, not_taken).await;
        assert!(all.ends_with("4\r\nbody\r\n0\r\n\r\n") && !all.contains("grpc-status"), "{all:?}");
    }
}
