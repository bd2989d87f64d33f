//! Names belong to the application: paths, methods, fields and cookies arrive as they were sent, and are decided as they may be
//! read.

use sekisho_model::documents::Kind;
use serde_json::{Value, json};

use crate::http2::{ask, connect, request};
use crate::platform::{APP, PORTAL, Platform};

/// The application with those rules for its requests.
fn ruled(platform: &Platform, rules: &Value) -> Value {
    json!({
        "id": "app", "name": { "en": "The app" }, "host": APP, "sensitivity": 1,
        "upstream": format!("http://{}", platform.recorder.address), "requests": rules,
    })
}

/// The status of a request, and what the application was asked.
async fn sent(platform: &Platform, line: &str, fields: &[u8]) -> (u16, Vec<String>) {
    platform.recorder.forget();
    let mut client = platform.client(APP).await;
    let head = format!("{line} HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n", platform.app_cookie("app"));
    client.send(&[head.as_bytes(), fields, b"\r\n"].concat()).await.unwrap();
    let status = client.response("GET").await.unwrap().unwrap().status;
    (status, platform.recorder.recorded().strict.into_iter().map(|request| request.line).collect())
}

#[tokio::test]
async fn i6_paths_arrive_byte_for_byte_where_every_reading_is_permitted() {
    let platform = Platform::start().await;
    let mut http2 = connect(&platform, APP).await;
    let cookie = platform.app_cookie("app");
    for path in [
        "/api/v4/projects/a%2Fb",
        "/api/vhosts/%2F/x",
        "/%93%FA.html",
        "//x",
        "/web/2026/https://example.com/a?b=//c",
        "/bucket//key",
        "/%c3%a9%7e",
        "/a;b=1/c\\d",
    ] {
        let line = format!("GET {path}");
        assert_eq!(sent(&platform, &line, b"").await, (200, vec![line.clone()]), "{path}");
        platform.recorder.forget();
        let (status, ..) = ask(&mut http2, request(&format!("https://{APP}{path}"), &[&cookie])).await.unwrap();
        let lines: Vec<String> = platform.recorder.recorded().strict.into_iter().map(|request| request.line).collect();
        assert_eq!((status.as_u16(), lines), (200, vec![line]), "{path} over HTTP/2");
    }
    for path in ["/admin%2Fx", "//admin/x", "/admin;x", "/admin./x", "/admin%20/x", "/admin\\x", "/%61dmin"] {
        assert_eq!(sent(&platform, &format!("GET {path}"), b"").await, (403, vec![]), "{path}");
    }
    for path in ["/a/../b", "/a/%2e%2e/b", "/a/..;/b", "/a%2f..%2fb", "/%00"] {
        assert_eq!(sent(&platform, &format!("GET {path}"), b"").await, (400, vec![]), "{path}");
    }
}

#[tokio::test]
async fn methods_of_webdav_and_those_that_a_resource_names_arrive() {
    let mut platform = Platform::start().await;
    for method in ["PROPFIND", "REPORT", "MKCOL", "COPY", "MOVE", "LOCK", "SEARCH", "PURGE", "QUERY", "CHECKOUT"] {
        let line = format!("{method} /a");
        assert_eq!(sent(&platform, &line, b"").await, (200, vec![line.clone()]), "{method}");
        assert_eq!(sent(&platform, &format!("{method} /admin/a"), b"").await, (403, vec![]), "{method}");
    }
    assert_eq!(sent(&platform, "BREW /pot", b"").await, (501, vec![]));
    platform.change(Kind::Resource, "app", Some(ruled(&platform, &json!({ "methods": { "BREW": "write" } }))));
    assert_eq!(sent(&platform, "BREW /pot", b"").await, (200, vec!["BREW /pot".to_owned()]));
    assert_eq!(sent(&platform, "TRACE /pot", b"").await, (501, vec![]));
    let portal = platform.ask(PORTAL, &format!("PROPFIND / HTTP/1.1\r\nHost: {PORTAL}\r\n\r\n")).await;
    assert_eq!(portal.status, 501, "our own hosts have no such method");
}

#[tokio::test]
async fn i6_a_method_override_is_decided_as_the_method_it_asks_for() {
    let mut platform = Platform::start().await;
    let no_deletion = r#"forbid (principal, action == Sekisho::Action::"delete", resource);"#;
    platform.change(Kind::Policy, "deletion.cedar", Some(json!({ "text": no_deletion })));
    let line = || "POST /a".to_owned();
    assert_eq!(sent(&platform, "POST /a", b"X-HTTP-Method-Override: PUT\r\n").await, (200, vec![line()]));
    assert_eq!(platform.recorder.recorded().strict[0].values("x-http-method-override"), ["PUT"]);
    assert_eq!(sent(&platform, "POST /a", b"X-HTTP-Method-Override: DELETE\r\n").await, (403, vec![]));
    assert_eq!(sent(&platform, "POST /a", b"X-Method-Override: BREW\r\n").await, (400, vec![]));
    platform.change(Kind::Resource, "app", Some(ruled(&platform, &json!({ "method_override": "refuse" }))));
    assert_eq!(sent(&platform, "POST /a", b"X-HTTP-Method-Override: PUT\r\n").await, (400, vec![]));
    assert_eq!(sent(&platform, "POST /a", b"").await, (200, vec![line()]));
}

#[tokio::test]
async fn i7_fields_of_clients_arrive_but_for_those_that_say_who_asks() {
    let mut platform = Platform::start().await;
    let theirs = ["X-Auth-Token", "X-User-Id", "X-User-Agent", "X-Goog-Upload-Command", "X-Host"];
    let lines: String = theirs.iter().map(|name| format!("{name}: theirs\r\n")).collect();
    let forged = "Remote-User: mallory\r\nSekisho-Assertion: mallory\r\nX-Forwarded-User: mallory\r\n";
    sent(&platform, "GET /", format!("{lines}{forged}").as_bytes()).await;
    let request = platform.recorder.recorded().strict.remove(0);
    for name in theirs {
        assert_eq!(request.values(name), ["theirs"], "{name}");
    }
    assert!(request.fields.iter().all(|(_, value)| !value.contains("mallory")), "{request:?}");
    let rules = json!({ "drop_fields": ["x-user-id"], "pass_fields": ["remote-user", "sekisho-assertion"] });
    platform.change(Kind::Resource, "app", Some(ruled(&platform, &rules)));
    sent(&platform, "GET /", format!("{lines}{forged}").as_bytes()).await;
    let request = platform.recorder.recorded().strict.remove(0);
    assert!(request.values("x-user-id").is_empty() && request.values("remote-user") == ["mallory"], "{request:?}");
    assert_ne!(request.values("sekisho-assertion"), ["mallory"]);
}

#[tokio::test]
async fn cookies_and_values_arrive_in_the_bytes_that_were_sent() {
    let platform = Platform::start().await;
    let fields =
        b"Cookie: u=\xe7\x94\xb0;v=\x93\xfa\r\nX-File-Name: \x93\xfa\x96\x7b.txt\r\nReferer: https://a/\xe9\r\n";
    assert_eq!(sent(&platform, "GET /", fields).await.0, 200);
    let recorded = platform.recorder.recorded();
    for bytes in [&b"u=\xe7\x94\xb0;v=\x93\xfa"[..], b"\x93\xfa\x96\x7b.txt", b"https://a/\xe9"] {
        assert!(recorded.bytes[0].windows(bytes.len()).any(|part| part == bytes), "{bytes:?}");
    }
}

#[tokio::test]
async fn a_cookie_of_an_application_goes_back_to_it_alone() {
    let mut platform = Platform::start().await;
    let cookies = async |platform: &Platform| {
        let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
        let answer = platform.get(APP, "/sets-cookies", &cookie).await;
        answer.values("set-cookie").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cookies(&platform).await, ["theme=dark; Path=/; Secure", "lang=ja"]);
    platform.change(Kind::Resource, "app", Some(ruled(&platform, &json!({ "cookie_domain": "keep" }))));
    assert_eq!(cookies(&platform).await, ["theme=dark; Domain=test; Path=/; Secure", "lang=ja; domain=.test"]);
}

#[tokio::test]
async fn cookies_of_applications_shut_nobody_out_of_our_own_hosts() {
    let platform = Platform::start().await;
    let flood: String = (0..5).map(|n| format!("c{n}={}; ", "x".repeat(3900))).collect();
    let line =
        [b"Cookie: n=\xe7\x94\xb0; ", flood.as_bytes(), b"__Host-sekisho=abc; __Host-sekisho-language=ja\r\n"].concat();
    let mut client = platform.client(PORTAL).await;
    client.send(&[b"GET / HTTP/1.1\r\nHost: portal.test\r\n", line.as_slice(), b"\r\n"].concat()).await.unwrap();
    let answer = client.response("GET").await.unwrap().unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    let cookies: Vec<&Value> = said["fields"].as_array().unwrap().iter().filter(|field| field[0] == "cookie").collect();
    assert_eq!(cookies, [&json!(["cookie", "__Host-sekisho=abc; __Host-sekisho-language=ja"])]);
    let mut http2 = connect(&platform, PORTAL).await;
    let (status, ..) = ask(&mut http2, request("https://portal.test/", &[flood.trim_end()])).await.unwrap();
    assert_eq!(status, 200);
    // A browser with more than that receives the order to empty itself, from our own hosts only.
    let bomb = format!("Cookie: {}\r\n", flood.repeat(4));
    let answer = platform.get(PORTAL, "/", &bomb).await;
    assert_eq!((answer.status, answer.field("clear-site-data")), (431, Some("\"cookies\"")));
    assert_eq!(platform.get(APP, "/", &bomb).await.field("clear-site-data"), None);
    // Applications bear as many; more only where their document says so.
    let (few, many) = (format!("Cookie: {flood}\r\n"), format!("Cookie: {flood}{flood}\r\n"));
    assert_eq!(sent(&platform, "GET /", few.as_bytes()).await.0, 200);
    assert_eq!(sent(&platform, "GET /", many.as_bytes()).await, (431, vec![]));
}

#[tokio::test]
async fn a_resource_says_how_long_its_heads_are() {
    let mut platform = Platform::start().await;
    platform.change(Kind::Resource, "app", Some(ruled(&platform, &json!({ "head_kilobytes": 64 }))));
    let line = format!("Cookie: {}\r\n", "a=b; ".repeat(8_000));
    assert_eq!(sent(&platform, "GET /", line.as_bytes()).await.0, 200);
    platform.change(Kind::Resource, "app", Some(ruled(&platform, &json!({ "head_kilobytes": 8 }))));
    let line = format!("X-Long: {}\r\n", "a".repeat(9_000));
    assert_eq!(sent(&platform, "GET /", line.as_bytes()).await, (431, vec![]));
}
