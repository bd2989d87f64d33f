//! Pages of other origins: those that the application's document allows may call it, and no others.

use sekisho_attacks::Response;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::calls::app_with;
use crate::origin::HabitOrigin;
use crate::platform::{APP, Platform};

const BOARD: &str = "https://board.test";

async fn with_board(origin: &HabitOrigin) -> Platform {
    let mut platform = Platform::start().await;
    let mut app = app_with(&json!({ "addresses": [origin.address] }));
    app.as_object_mut().unwrap().insert("allowed_origins".to_owned(), json!([BOARD]));
    platform.change(Kind::Resource, "app", Some(app));
    platform
}

#[tokio::test]
async fn what_a_browser_asks_beforehand_is_answered_without_the_application() {
    let origin = HabitOrigin::start().await;
    let platform = with_board(&origin).await;
    let asks = |from: &str| {
        format!(
            "OPTIONS /x HTTP/1.1\r\nHost: {APP}\r\nOrigin: {from}\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type\r\n\r\n"
        )
    };
    let answer = platform.ask(APP, &asks(BOARD)).await;
    assert_eq!((answer.status, answer.field("access-control-allow-origin")), (204, Some(BOARD)));
    assert_eq!(answer.field("access-control-allow-methods"), Some("PUT"));
    assert_eq!(answer.field("access-control-allow-headers"), Some("content-type"));
    assert_eq!(answer.values("access-control-allow-origin").len(), 1);
    for other in ["https://evil.test", "null", "https://board.test.evil"] {
        let answer = platform.ask(APP, &asks(other)).await;
        assert_eq!((answer.status, answer.field("access-control-allow-origin")), (401, None), "{other}");
    }
    assert!(origin.lines().is_empty(), "nobody's request reaches the application");
}

#[tokio::test]
async fn an_allowed_page_reads_the_answer_and_what_it_is_refused_and_another_reads_neither() {
    let origin = HabitOrigin::start().await;
    let platform = with_board(&origin).await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    let from = async |page: &str, cookie: &str| -> Response {
        platform.get(APP, "/x", &format!("Origin: {page}\r\n{cookie}")).await
    };
    let allowed = from(BOARD, &cookie).await;
    assert_eq!((allowed.status, allowed.field("access-control-allow-origin")), (200, Some(BOARD)));
    assert_eq!(allowed.field("access-control-allow-credentials"), Some("true"));
    let stranger = from(BOARD, "").await;
    assert_eq!((stranger.status, stranger.field("access-control-allow-origin")), (401, Some(BOARD)));
    for other in ["https://evil.test", "null"] {
        assert_eq!(from(other, &cookie).await.field("access-control-allow-origin"), None, "{other}");
    }
}

#[tokio::test]
async fn i6_a_websocket_is_opened_by_pages_of_the_application_and_by_those_that_it_allows() {
    let origin = HabitOrigin::start().await;
    let platform = with_board(&origin).await;
    let cookie = platform.app_cookie("app");
    for (page, expected) in [
        (format!("https://{APP}"), 101),
        (format!("wss://{APP}"), 101),
        (BOARD.to_owned(), 101),
        ("wss://board.test".to_owned(), 101),
        (format!("ws://{APP}"), 400),
        ("https://evil.test".to_owned(), 400),
        ("null".to_owned(), 400),
    ] {
        let handshake = format!(
            "GET /socket HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nOrigin: {page}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let answer = platform.ask(APP, &handshake).await;
        assert_eq!(answer.status, expected, "{page}");
    }
}
