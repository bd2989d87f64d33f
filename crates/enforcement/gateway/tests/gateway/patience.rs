//! How long a body is waited for: what moved is credit for a pause, where a resource was permitted.

use std::time::Duration;

use sekisho_model::documents::Kind;
use serde_json::json;
use tokio::time::sleep;

use crate::calls::app_with;
use crate::platform::{APP, PORTAL, Platform};

const PAUSE: Duration = Duration::from_millis(1200);

/// A gateway that waits for 300 ms for a body of which nothing came, and for a second more for each 1,000 bytes of it.
async fn impatient() -> Platform {
    Platform::with(|config| {
        config.body_grace = Duration::from_millis(300);
        config.reply_grace = Duration::from_millis(300);
        config.body_rate = 1000;
    })
    .await
}

/// Sends the first part, pauses, and sends the rest of a body of 20,000 bytes; the status of the answer.
async fn paused(platform: &Platform, host: &str, cookie: &str, first: usize) -> u16 {
    let mut client = platform.client(host).await;
    let head = format!("POST /upload HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Length: 20000\r\n\r\n");
    client.send(head.as_bytes()).await.unwrap();
    client.send(&vec![b'x'; first]).await.unwrap();
    // The pause itself is what is tried.
    sleep(PAUSE).await;
    let _ = client.send(&vec![b'x'; 20_000 - first]).await;
    client.response("POST").await.ok().flatten().map_or(0, |response| response.status)
}

#[tokio::test]
async fn an_upload_that_has_come_far_may_pause_and_one_that_never_began_may_not() {
    let mut platform = impatient().await;
    let cookie = platform.app_cookie("app");
    assert_eq!(paused(&platform, APP, &cookie, 10_000).await, 200);
    assert_eq!(paused(&platform, APP, &cookie, 10).await, 408);
    // The document may say that it waits less.
    let upstream = json!({ "addresses": [platform.recorder.address], "least_rate": 100_000 });
    platform.change(Kind::Resource, "app", Some(app_with(&upstream)));
    assert_eq!(paused(&platform, APP, &cookie, 10_000).await, 408);
}

#[tokio::test]
async fn a_stranger_is_waited_for_no_longer_whatever_was_sent() {
    let platform = impatient().await;
    let status = paused(&platform, PORTAL, "a=b", 10_000).await;
    assert_ne!(status, 200);
}
