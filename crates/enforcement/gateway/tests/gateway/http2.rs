//! HTTP/2: the same decisions, a stream each.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Method, Request, StatusCode, Uri, Version};
use sekisho_attacks::trusting;
use sekisho_model::SessionId;
use sekisho_model::documents::Kind;
use sekisho_policy_enforcement::Audience;

use crate::platform::{ALICE, APP, BOB, OTHER, Platform};

pub(crate) async fn connect(platform: &Platform, host: &str) -> SendRequest<Bytes> {
    let tls = trusting(&platform.root, &[b"h2"]).unwrap();
    let client = sekisho_attacks::Client::connect(platform.address(), tls, host).await.unwrap();
    let (send, connection) = h2::client::handshake(client.into_stream()).await.unwrap();
    tokio::spawn(async move {
        let _ = connection.await;
    });
    send.ready().await.unwrap()
}

pub(crate) fn request(target: &str, cookies: &[&str]) -> Request<()> {
    let mut request = Request::builder().uri(target).version(Version::HTTP_2);
    for cookie in cookies {
        request = request.header("cookie", *cookie);
    }
    request.body(()).unwrap()
}

pub(crate) async fn ask(
    send: &mut SendRequest<Bytes>,
    request: Request<()>,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), h2::Error> {
    let (response, _) = send.send_request(request, true)?;
    let (parts, mut body) = response.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        bytes.extend(data);
    }
    Ok((parts.status, parts.headers, bytes))
}

fn app(path: &str) -> String {
    format!("https://{APP}{path}")
}

#[tokio::test]
async fn each_stream_is_decided_for_itself() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let alice = platform.app_cookie("app");
    let bob = platform.cookie(Audience::Application(&"app".parse().unwrap()), BOB);
    for (cookies, expected) in
        [(vec![alice.as_str()], 200), (vec![bob.as_str()], 403), (vec![], 401), (vec![alice.as_str()], 200)]
    {
        let (status, ..) = ask(&mut send, request(&app("/"), &cookies)).await.unwrap();
        assert_eq!(status.as_u16(), expected, "{cookies:?}");
    }
    assert_eq!(platform.recorder.recorded().strict.len(), 2);
}

#[tokio::test]
async fn crumbs_of_cookies_are_one_line_and_two_sessions_are_none() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let alice = platform.app_cookie("app");
    let (status, ..) = ask(&mut send, request(&app("/"), &["a=b", &alice, "c=d; e=f"])).await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(platform.recorder.recorded().strict[0].values("cookie"), ["a=b; c=d; e=f"]);
    let (status, ..) = ask(&mut send, request(&app("/"), &[&alice, &alice])).await.unwrap();
    assert_eq!(status, 401);
}

#[tokio::test]
async fn i6_heads_that_can_be_read_in_two_ways_are_refused() {
    let platform = Platform::start().await;
    let alice = platform.app_cookie("app");
    let with = |name: &'static str, value: &'static str| {
        let mut request = request(&app("/"), &[&alice]);
        request.headers_mut().append(name, value.parse().unwrap());
        request
    };
    let mut star = request(&app("/"), &[&alice]);
    *star.uri_mut() = Uri::builder().scheme("https").authority(APP).path_and_query("*").build().unwrap();
    let cases = [
        (with("host", OTHER), 400),
        (with("x_auth", "y"), 400),
        (with("expect", "x"), 417),
        (with("range", "bytes=0-1"), 200),
        (request(&app("/admin%2fx"), &[&alice]), 403),
        (request(&app("/a%00"), &[&alice]), 400),
        (request(&app("//admin/x"), &[&alice]), 403),
        (request(&app("/x/../admin/x"), &[&alice]), 400),
        (request(&app("/a/..;/b"), &[&alice]), 400),
        (request(&format!("https://{OTHER}/"), &[&alice]), 421),
        (request(&format!("https://x@{APP}/"), &[&alice]), 400),
        (request("https://127.0.0.1/", &[&alice]), 421),
        (star, 400),
    ];
    let count = cases.len();
    let mut send = connect(&platform, APP).await;
    for (request, expected) in cases {
        let line = format!("{request:?}");
        let status = match ask(&mut send, request).await {
            Ok((status, ..)) => status.as_u16(),
            // The library resets what it cannot read at all: refused as well.
            Err(error) if error.is_reset() && expected == 400 => 400,
            Err(error) => panic!("{line}: {error}"),
        };
        assert_eq!(status, expected, "{line}");
    }
    println!("attacks H2: {count} cases, 0 failed");
    let seen = platform.recorder.recorded().strict;
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn connect_is_no_tunnel() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let mut request = Request::builder().method(Method::CONNECT).body(()).unwrap();
    *request.uri_mut() = Uri::builder().authority("internal.test:22").build().unwrap();
    let (status, ..) = ask(&mut send, request).await.unwrap();
    assert_eq!(status, 405);
    assert!(platform.recorder.recorded().bytes.is_empty());
}

#[tokio::test]
async fn bodies_go_up_and_trailers_do_not() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    for length in [Some("5"), None] {
        platform.recorder.forget();
        let mut request = request(&app("/"), &[&platform.app_cookie("app")]);
        *request.method_mut() = Method::POST;
        if let Some(length) = length {
            request.headers_mut().insert("content-length", length.parse().unwrap());
        }
        let (response, mut stream) = send.send_request(request, false).unwrap();
        stream.send_data(Bytes::from_static(b"hello"), false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-auth-user", "mallory".parse().unwrap());
        stream.send_trailers(trailers).unwrap();
        assert_eq!(response.await.unwrap().status(), 200);
        let seen = platform.recorder.recorded();
        assert_eq!((seen.strict.len(), seen.strict[0].body.as_slice()), (1, b"hello".as_slice()));
        assert!(!String::from_utf8_lossy(&seen.bytes[0]).contains("mallory"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_stream_is_reset_and_the_connection_goes_on() {
    let mut platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let alice = platform.app_cookie("app");
    // One that is read, and one whose window stays shut.
    let (read, _) = send.send_request(request(&app("/download"), &[&alice]), true).unwrap();
    let mut read = read.await.unwrap().into_body();
    let first = read.data().await.unwrap().unwrap();
    read.flow_control().release_capacity(first.len()).unwrap();
    let (shut, _) = send.send_request(request(&app("/download"), &[&alice]), true).unwrap();
    let mut shut = shut.await.unwrap().into_body();
    platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), None);
    let changed = Instant::now();
    for body in [&mut read, &mut shut] {
        let end = loop {
            match body.data().await {
                Some(Ok(data)) => body.flow_control().release_capacity(data.len()).unwrap(),
                other => break other,
            }
        };
        assert_eq!(end.map(Result::unwrap_err).unwrap().reason(), Some(h2::Reason::CANCEL));
    }
    assert!(changed.elapsed() < Duration::from_secs(1), "{:?}", changed.elapsed());
    platform.recorder.all_closed().await;
    let (status, ..) = ask(&mut send, request(&app("/"), &[&alice])).await.unwrap();
    assert_eq!(status, 401, "the connection serves other streams still");
}

#[tokio::test]
async fn a_stream_that_the_client_resets_ends_the_upstreams_work() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let (response, mut stream) =
        send.send_request(request(&app("/never"), &[&platform.app_cookie("app")]), true).unwrap();
    while platform.recorder.recorded().strict.is_empty() {
        tokio::task::yield_now().await;
    }
    stream.send_reset(h2::Reason::CANCEL);
    drop(response);
    platform.recorder.all_closed().await;
}
