//! Our own services behind the gateway.

use serde_json::Value;

use crate::platform::{DEVICES, PORTAL, Platform};

#[tokio::test]
async fn the_portal_gets_its_cookies_its_body_and_nobodys_word() {
    let platform = Platform::start().await;
    let mut client = platform.client(PORTAL).await;
    for number in 0..2 {
        let request = format!(
            "POST /sign-in//x?a=b HTTP/1.1\r\nHost: {PORTAL}\r\nCookie: __Host-sekisho=abc\r\nX-Forwarded-For: 1.2.3.4\r\nSekisho-Assertion: x\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"
        );
        client.send(request.as_bytes()).await.unwrap();
        let response = client.response("POST").await.unwrap().unwrap();
        let said: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(
            (&said["host"], &said["path"], &said["body"]),
            (&PORTAL.into(), &"/sign-in//x?a=b".into(), &5.into()),
            "{number}"
        );
        assert_eq!(said["request"].as_str().unwrap().len(), 26);
        let fields = said["fields"].as_array().unwrap();
        let has = |name: &str| fields.iter().any(|field| field[0] == name);
        assert!(
            has("cookie") && has("host") && !has("x-forwarded-for") && !has("sekisho-assertion") && !has("connection"),
            "{fields:?}"
        );
    }
}

#[tokio::test]
async fn a_broken_body_reaches_no_service_whole() {
    let platform = Platform::start().await;
    let request =
        format!("POST / HTTP/1.1\r\nHost: {PORTAL}\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n");
    let response = platform.ask(PORTAL, &request).await;
    assert_eq!((response.status, response.closes()), (400, true));
}

#[tokio::test]
async fn hosts_are_told_apart() {
    let platform = Platform::start().await;
    let said: Value = serde_json::from_slice(&platform.get(DEVICES, "/report", "").await.body).unwrap();
    assert_eq!(said["host"], DEVICES);
    assert_eq!(platform.get(PORTAL, "/", "").await.status, 200);
}

#[tokio::test]
async fn a_body_is_asked_for_only_when_it_is_wanted() {
    let platform = Platform::start().await;
    let mut client = platform.client(PORTAL).await;
    let head = format!("POST / HTTP/1.1\r\nHost: {PORTAL}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    client.send(head.as_bytes()).await.unwrap();
    assert_eq!(client.response("POST").await.unwrap().unwrap().status, 100);
    client.send(b"hello").await.unwrap();
    assert_eq!(client.response("POST").await.unwrap().unwrap().status, 200);
    // Who is refused is not asked for the body.
    let head = head.replace("portal.test", "app.test");
    let mut client = platform.client("app.test").await;
    client.send(head.as_bytes()).await.unwrap();
    assert_eq!(client.response("POST").await.unwrap().unwrap().status, 401);
}
