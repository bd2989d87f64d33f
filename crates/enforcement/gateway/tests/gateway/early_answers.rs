//! HTTP/2: what is answered before its body is there. The client can send what it began and reads its answer; what goes on for too
//! long is reset, without an error.

use std::future::poll_fn;

use bytes::Bytes;
use h2::Reason;
use http::{Method, Request};
use sekisho_policy_enforcement::Audience;

use crate::http2::{ask, connect, request};
use crate::platform::{APP, BOB, Platform};

fn upload(path: &str, lines: &[(&str, String)]) -> Request<()> {
    let mut upload = request(&format!("https://{APP}{path}"), &[]);
    *upload.method_mut() = Method::POST;
    for (name, value) in lines {
        upload.headers_mut().insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    upload
}

#[tokio::test]
async fn a_refused_upload_is_answered_and_not_reset() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let bob = platform.cookie(Audience::Application(&"app".parse().unwrap()), BOB);
    for (asked, expected) in [
        (upload("/", &[]), 401),
        (upload("/", &[("cookie", bob)]), 403),
        (upload("/a/../b", &[]), 400),
        (upload("/", &[("x-long", "a".repeat(40_000))]), 431),
    ] {
        let (response, mut body) = send.send_request(asked, false).unwrap();
        let (parts, mut answer) = response.await.unwrap().into_parts();
        assert_eq!(parts.status, expected);
        while let Some(data) = answer.data().await {
            data.expect("the answer comes whole");
        }
        // Whatever was said after the answer is here when another exchange is over.
        ask(&mut send, request(&format!("https://{APP}/"), &[])).await.unwrap();
        body.send_data(Bytes::from(vec![0; 40_000]), true).expect("the stream is as it was");
    }
}

#[tokio::test]
async fn an_upload_that_nobody_wants_and_that_does_not_end_is_reset_without_an_error() {
    let platform = Platform::start().await;
    let mut send = connect(&platform, APP).await;
    let (response, mut body) = send.send_request(upload("/", &[]), false).unwrap();
    assert_eq!(response.await.unwrap().status(), 401);
    let mut sent = 0;
    loop {
        body.reserve_capacity(16 * 1024);
        match poll_fn(|context| body.poll_capacity(context)).await {
            Some(Ok(capacity)) if body.send_data(Bytes::from(vec![0; capacity]), false).is_ok() => sent += capacity,
            _ => break,
        }
    }
    assert!(sent > 900_000, "{sent}");
    assert_eq!(poll_fn(|context| body.poll_reset(context)).await.unwrap(), Reason::NO_ERROR);
}
