//! Signing in from an application's host: the way to the portal and back, and what a cookie opens.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sekisho_attacks::Response;
use sekisho_gateway::SessionTransferTicket;
use sekisho_model::documents::Kind;
use sekisho_model::{SessionId, Span};
use sekisho_policy_enforcement::Audience;

use crate::platform::{ALICE, APP, BOB, PORTAL, Platform, now};

const BROWSER: &str = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n";

fn flow_of(response: &Response) -> (String, String) {
    let cookie =
        response.values("set-cookie").into_iter().find(|cookie| cookie.starts_with("__Host-sekisho-flow=")).unwrap();
    let value = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let bytes = URL_SAFE_NO_PAD.decode(&value).unwrap();
    (value, URL_SAFE_NO_PAD.encode(digest(&SHA256, &bytes)))
}

fn ticket(flow: [u8; 32]) -> SessionTransferTicket {
    SessionTransferTicket {
        session: SessionId::from_bytes(ALICE),
        resource: "app".parse().unwrap(),
        flow: digest(&SHA256, &flow).as_ref().try_into().unwrap(),
        return_to: "/pages/1?a=b".to_owned(),
        expires_at: now().plus(Span::from_seconds(60)),
    }
}

async fn redeem(platform: &Platform, code: [u8; 32], flow: [u8; 32]) -> Response {
    let (code, flow) = (URL_SAFE_NO_PAD.encode(code), URL_SAFE_NO_PAD.encode(flow));
    let path = format!("/.sekisho/session?code={code}");
    platform.get(APP, &path, &format!("{BROWSER}Cookie: __Host-sekisho-flow={flow}\r\n")).await
}

#[tokio::test]
async fn a_navigation_is_sent_to_sign_in_and_a_program_is_told() {
    let platform = Platform::start().await;
    let response = platform.get(APP, "/pages/1?a=b%20c", BROWSER).await;
    assert_eq!(response.status, 303);
    let (_, mark) = flow_of(&response);
    let port = platform.address().port();
    assert_eq!(
        response.field("location").unwrap(),
        format!("https://{PORTAL}:{port}/sign-in/to/app?return=/pages/1%3Fa%3Db%2520c&flow={mark}")
    );
    assert_eq!(response.field("cache-control"), Some("no-store"));

    let response = platform.get(APP, "/", "Accept: application/json\r\n").await;
    assert_eq!((response.status, response.field("content-type")), (401, Some("application/problem+json")));
    let problem: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(problem["type"], "urn:sekisho:problem:sign-in-required");
    assert_eq!(problem["request"], response.field("x-request-id").unwrap());
    // A script's request from a page is a program's, whatever it accepts.
    let script = platform.get(APP, "/", "Accept: text/html\r\nSec-Fetch-Mode: cors\r\n").await;
    assert_eq!(script.status, 401);
    assert!(platform.recorder.recorded().bytes.is_empty());
}

#[tokio::test]
async fn a_browser_keeps_one_flow_for_all_its_pages() {
    let platform = Platform::start().await;
    let (value, mark) = flow_of(&platform.get(APP, "/", BROWSER).await);
    let again = platform.get(APP, "/x", &format!("{BROWSER}Cookie: __Host-sekisho-flow={value}\r\n")).await;
    assert_eq!(flow_of(&again), (value, mark));
}

#[tokio::test]
async fn a_hand_over_opens_the_application_once() {
    let platform = Platform::start().await;
    platform.tickets.lock().unwrap().push(([4; 32], ticket([6; 32])));
    let response = redeem(&platform, [4; 32], [6; 32]).await;
    assert_eq!((response.status, response.field("location")), (303, Some("/pages/1?a=b")));
    let cookie =
        response.values("set-cookie").into_iter().find(|cookie| cookie.starts_with("__Host-sekisho=")).unwrap();
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(platform.get(APP, "/", &format!("Cookie: {pair}\r\n")).await.status, 200);
    // The code is spent: it opens nothing, and leads to where the portal is asked again.
    let spent = redeem(&platform, [4; 32], [6; 32]).await;
    assert_eq!((spent.status, spent.field("location"), spent.values("set-cookie")), (303, Some("/"), vec![]));
}

#[tokio::test]
async fn a_hand_over_is_refused_to_anybody_else() {
    let platform = Platform::start().await;
    let expired = SessionTransferTicket { expires_at: now(), ..ticket([6; 32]) };
    let elsewhere = SessionTransferTicket { resource: "other".parse().unwrap(), ..ticket([6; 32]) };
    for (number, (ticket, flow)) in
        [(ticket([6; 32]), [7; 32]), (expired, [6; 32]), (elsewhere, [6; 32])].into_iter().enumerate()
    {
        let code = [u8::try_from(number).unwrap(); 32];
        platform.tickets.lock().unwrap().push((code, ticket));
        let response = redeem(&platform, code, flow).await;
        assert_eq!((response.status, response.values("set-cookie")), (303, vec![]), "{number}");
    }
    for path in ["/.sekisho/session", "/.sekisho/session?code=", "/.sekisho/session?code=AAAA", "/.sekisho/session?x=1"]
    {
        assert_eq!(platform.get(APP, path, "").await.status, 403, "{path}");
    }
    assert_eq!(platform.ask(APP, &format!("POST /.sekisho/session HTTP/1.1\r\nHost: {APP}\r\n\r\n")).await.status, 405);
    assert_eq!(platform.get(APP, "/.sekisho/other", "").await.status, 404);
}

#[tokio::test]
async fn the_way_back_stays_on_this_host() {
    let platform = Platform::start().await;
    let ways = [
        ("https://evil.test/", "/"),
        // A path of this host that begins with two slashes: the dot segment keeps browsers from taking it for a host.
        ("//evil.test/", "/.//evil.test/"),
        ("\\evil", "/"),
        ("", "/"),
        ("/a\r\nX: y", "/"),
        ("evil", "/"),
        ("/a//b%2Fc", "/a//b%2Fc"),
    ];
    for (number, (return_to, way)) in ways.into_iter().enumerate() {
        let code = [u8::try_from(number).unwrap(); 32];
        let ticket = SessionTransferTicket { return_to: return_to.to_owned(), ..ticket([6; 32]) };
        platform.tickets.lock().unwrap().push((code, ticket));
        let response = redeem(&platform, code, [6; 32]).await;
        assert_eq!(response.field("location"), Some(way), "{return_to}");
    }
}

#[tokio::test]
async fn i15_a_cookie_opens_only_its_own_host() {
    let platform = Platform::start().await;
    let ask = async |cookie: String| platform.get(APP, "/", &format!("Cookie: {cookie}\r\n")).await.status;
    assert_eq!(ask(platform.app_cookie("app")).await, 200);
    assert_eq!(ask(platform.app_cookie("other")).await, 401);
    assert_eq!(ask(platform.cookie(Audience::Portal, ALICE)).await, 401);
    assert_eq!(ask(platform.cookie(Audience::Application(&"app".parse().unwrap()), [9; 16])).await, 401);
    // Bob's is his own, and opens nothing to him: a denial, not a sign-in.
    assert_eq!(ask(platform.cookie(Audience::Application(&"app".parse().unwrap()), BOB)).await, 403);
}

#[tokio::test]
async fn a_session_that_ended_opens_nothing() {
    let mut platform = Platform::start().await;
    let lines = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    let mut client = platform.client(APP).await;
    let request = format!("GET / HTTP/1.1\r\nHost: {APP}\r\n{lines}\r\n");
    client.send(request.as_bytes()).await.unwrap();
    assert_eq!(client.response("GET").await.unwrap().unwrap().status, 200);
    platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), None);
    // The next request asks the World that is there: at the latest the second finds the session gone, on either connection.
    let mut last = 0;
    for _ in 0..100 {
        client.send(request.as_bytes()).await.unwrap();
        last = client.response("GET").await.unwrap().unwrap().status;
        if last == 401 {
            break;
        }
    }
    assert_eq!(last, 401);
}

#[tokio::test]
async fn a_weak_sign_in_is_challenged() {
    let platform = Platform::start().await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("strong"));
    let response = platform.get("strong.test", "/x", &format!("{BROWSER}{cookie}")).await;
    assert_eq!(response.status, 303, "{}", response.text());
    let port = platform.address().port();
    let start = format!("https://{PORTAL}:{port}/step-up?resource=strong&return=/x&flow=");
    assert!(response.field("location").unwrap().starts_with(&start), "{response:?}");
    let response = platform.get("strong.test", "/x", &cookie).await;
    assert_eq!(response.status, 401);
    let problem: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(problem["type"], "urn:sekisho:problem:stronger-sign-in-required");
    assert!(!problem["reasons"].as_array().unwrap().is_empty() && !problem["remedies"].as_array().unwrap().is_empty());
    // The same request by somebody with a passkey who is not on the staff is a denial, not a challenge.
    let bob = platform.cookie(Audience::Application(&"strong".parse().unwrap()), BOB);
    assert_eq!(platform.get("strong.test", "/x", &format!("Cookie: {bob}\r\n")).await.status, 403);
}

#[tokio::test]
async fn a_denial_says_why_in_both_languages() {
    let platform = Platform::start().await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    let english = platform.get(APP, "/admin/x", &format!("{BROWSER}{cookie}")).await;
    assert_eq!((english.status, english.field("content-type")), (403, Some("text/plain; charset=utf-8")));
    assert!(english.text().contains("The administration pages are closed."), "{}", english.text());
    assert!(english.text().contains(english.field("x-request-id").unwrap()));
    let japanese = platform.get(APP, "/admin/x", &format!("{BROWSER}Accept-Language: ja,en;q=0.8\r\n{cookie}")).await;
    assert!(japanese.text().contains("アクセスは拒否されました"), "{}", japanese.text());
}

#[tokio::test]
async fn the_assertion_is_for_one_resource_and_one_minute() {
    let platform = Platform::start().await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    assert_eq!(platform.get(APP, "/", &cookie).await.status, 200);
    let seen = platform.recorder.recorded().strict;
    let token = seen[0].values("sekisho-assertion")[0].to_owned();
    let keys = platform.get(APP, "/.sekisho/jwks.json", "").await;
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_slice(&keys.body).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_audience(&["app"]);
    validation.set_issuer(&["https://portal.test"]);
    let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!((&claims["sub"], &claims["acr"]), (&"alice".into(), &"2".into()));
    assert_eq!(claims["amr"], serde_json::json!(["password", "totp"]));
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((30..=60).contains(&life), "{life}");
    assert_eq!(claims["sid"], "010101010101");
    validation.set_audience(&["other"]);
    assert!(jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).is_err());
}

#[tokio::test]
async fn signing_out_is_the_portals_to_do() {
    let platform = Platform::start().await;
    let cookie = format!("Cookie: {}\r\n", platform.app_cookie("app"));
    let response = platform.get(APP, "/.sekisho/sign-out", &cookie).await;
    let port = platform.address().port();
    assert_eq!(
        (response.status, response.field("location").unwrap()),
        (303, format!("https://{PORTAL}:{port}/").as_str())
    );
    assert_eq!(platform.get(APP, "/", &cookie).await.status, 200);
}

/// What a browser with those cookies gets for a code that opens nothing, and where it wanted to go.
async fn too_late(platform: &Platform, code: [u8; 32], lines: &str) -> Response {
    let code = URL_SAFE_NO_PAD.encode(code);
    platform.get(APP, &format!("/.sekisho/session?code={code}&return=/pages/1%3Fa%3Db"), lines).await
}

#[tokio::test]
async fn who_has_a_session_gets_in_whatever_became_of_the_code() {
    let platform = Platform::start().await;
    let known = format!("{BROWSER}Cookie: {}\r\n", platform.app_cookie("app"));
    let spent = too_late(&platform, [4; 32], &known).await;
    assert_eq!((spent.status, spent.field("location")), (303, Some("/pages/1?a=b")));
    // A code of another browser's sign-in does not replace the session that is there.
    platform.tickets.lock().unwrap().push(([5; 32], ticket([6; 32])));
    let flow = URL_SAFE_NO_PAD.encode([7; 32]);
    let known = format!("{BROWSER}Cookie: {}; __Host-sekisho-flow={flow}\r\n", platform.app_cookie("app"));
    let foreign = too_late(&platform, [5; 32], &known).await;
    assert_eq!((foreign.status, foreign.values("set-cookie")), (303, vec![]));
}

#[tokio::test]
async fn the_sign_in_of_one_tab_does_not_end_that_of_another() {
    let platform = Platform::start().await;
    // Two tabs without a cookie, each with a flow of its own; the browser keeps the later cookie.
    let (first, _) = flow_of(&platform.get(APP, "/one", BROWSER).await);
    let (second, _) = flow_of(&platform.get(APP, "/two", BROWSER).await);
    assert_ne!(first, second);
    let of_first: [u8; 32] = URL_SAFE_NO_PAD.decode(&first).unwrap().try_into().unwrap();
    platform.tickets.lock().unwrap().push(([4; 32], ticket(of_first)));
    let kept = format!("{BROWSER}Cookie: __Host-sekisho-flow={second}\r\n");
    let again = too_late(&platform, [4; 32], &kept).await;
    assert_eq!(
        (again.status, again.field("location"), again.values("set-cookie")),
        (303, Some("/pages/1?a=b"), vec![])
    );
    // From there the portal is asked for a code under the flow that the browser has.
    let asked = platform.get(APP, "/pages/1?a=b", &kept).await;
    assert_eq!(flow_of(&asked).0, second);
    assert!(asked.field("location").unwrap().contains("/sign-in/to/app?return=/pages/1%3Fa%3Db&flow="));
}

#[tokio::test]
async fn what_cannot_go_on_by_itself_says_where_to() {
    let platform = Platform::start().await;
    // A browser that keeps no cookies would be sent back and forth; a program follows nothing.
    let page = too_late(&platform, [4; 32], BROWSER).await;
    assert_eq!((page.status, page.values("set-cookie")), (403, vec![]));
    let program = too_late(&platform, [4; 32], "Accept: application/json\r\n").await;
    let problem: serde_json::Value = serde_json::from_slice(&program.body).unwrap();
    assert_eq!((program.status, &problem["sign_in"]), (403, &"/pages/1?a=b".into()));
    for (elsewhere, way) in [
        ("https://evil.test/", "/"),
        ("//evil.test/", "/.//evil.test/"),
        ("\\evil", "/"),
        ("javascript:x", "/"),
        ("/\r\nx:y", "/"),
    ] {
        let known = format!("{BROWSER}Cookie: {}\r\n", platform.app_cookie("app"));
        let code = URL_SAFE_NO_PAD.encode([4; 32]);
        let elsewhere: String = elsewhere.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let led = platform.get(APP, &format!("/.sekisho/session?code={code}&return={elsewhere}"), &known).await;
        assert_eq!(led.field("location"), Some(way), "{elsewhere}");
    }
}
