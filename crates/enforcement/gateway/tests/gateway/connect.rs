//! Tunnels: CONNECT to a TCP service, by its name, from the terminal that the session is bound to. Each case that is let through
//! stands beside those that are not, and a service that was not permitted sees no connection at all.
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::{SendRequest, handshake};
use h2::{Reason, RecvStream, SendStream};
use http::{Method, Request, StatusCode, Uri};
use rustls::ClientConfig;
use sekisho_attacks::Client;
use sekisho_model::documents::Kind;
use sekisho_model::{Outcome, SessionId};
use sekisho_policy_enforcement::{Audience, SessionCookie};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::device::{holding, with_device};
use crate::platform::{ALICE, APP, BOB, PORTAL, Platform, TERMINALS, now, session};
use crate::streams::recorded_end;

const POLICY: &str = r#"
@id("staff-connect-to-db")
permit (principal in Sekisho::Group::"staff", action == Sekisho::Action::"connect", resource == Sekisho::Resource::"db")
when { context has device && context.device has compliant && context.device.compliant };

@id("staff-connect-to-anywhere")
permit (principal in Sekisho::Group::"staff", action == Sekisho::Action::"connect", resource in Sekisho::Category::"open");
"#;

/// A service that sends back what it gets, and counts who came.
pub(crate) struct Echo {
    address: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, came) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counter = came.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                    let _ = to.shutdown().await;
                });
            }
        });
        Self { address, came }
    }

    pub(crate) fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

fn service(id: &str, address: &str, categories: &[&str]) -> Value {
    json!({ "id": id, "name": { "en": id }, "kind": "tcp", "addresses": [address], "sensitivity": 1, "categories": categories })
}

/// A platform with the service `db` for staff on compliant devices, `open` for staff anywhere and `other` for nobody.
pub(crate) async fn with_services() -> (Platform, Echo) {
    let (mut platform, echo) = (with_device().await, Echo::start().await);
    let address = echo.address.to_string();
    platform.change(Kind::Resource, "db", Some(service("db", &address, &[])));
    platform.change(Kind::Resource, "open", Some(service("open", &address, &["open"])));
    platform.change(Kind::Resource, "other-db", Some(service("other-db", &address, &[])));
    platform.change(Kind::Policy, "tcp.cedar", Some(json!({ "text": POLICY })));
    (platform, echo)
}

/// The key that the test platform reads in every device certificate.
fn own_key() -> String {
    "ab".repeat(32)
}

pub(crate) fn credential(platform: &Platform, session: [u8; 16], key: Option<&str>) -> String {
    let cookie = SessionCookie { session: SessionId::from_bytes(session), rotation: 0 };
    cookie.value(&platform.cookie_key, Audience::Terminal(key))
}

pub(crate) async fn line(platform: &Platform, host: &str, with_device: bool) -> SendRequest<Bytes> {
    let tls = if with_device { holding(platform, &platform.authority) } else { platform.tls.clone() };
    let mut tls = ClientConfig::clone(&tls);
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = Arc::new(tls);
    let client = Client::connect(platform.address(), tls, host).await.unwrap();
    let (send, connection) = handshake(client.into_stream()).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    send.ready().await.unwrap()
}

/// One CONNECT: the tunnel, or the status and the problem.
pub(crate) async fn connect(
    send: &mut SendRequest<Bytes>,
    authority: &str,
    credential: Option<&str>,
) -> Result<(String, SendStream<Bytes>, RecvStream), (StatusCode, Value)> {
    let mut request =
        Request::builder().method(Method::CONNECT).uri(Uri::builder().authority(authority).build().unwrap());
    if let Some(credential) = credential {
        request = request.header("proxy-authorization", format!("Bearer {credential}"));
    }
    let (response, to) = send.send_request(request.body(()).unwrap(), false).unwrap();
    let (parts, mut from) = response.await.unwrap().into_parts();
    if parts.status == StatusCode::OK {
        let id = parts.headers.get("x-request-id").unwrap().to_str().unwrap().to_owned();
        return Ok((id, to, from));
    }
    let mut body = Vec::new();
    while let Some(Ok(data)) = from.data().await {
        body.extend(data);
    }
    Err((parts.status, serde_json::from_slice(&body).unwrap_or_default()))
}

pub(crate) async fn refused(send: &mut SendRequest<Bytes>, authority: &str, credential: Option<&str>) -> (u16, String) {
    match connect(send, authority, credential).await {
        Ok(_) => panic!("{authority} was let through"),
        Err((status, problem)) => {
            let kind = problem["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned();
            assert!(problem["request"].as_str().is_some_and(|id| !id.is_empty()), "{problem}");
            (status.as_u16(), kind)
        }
    }
}

async fn echoed(to: &mut SendStream<Bytes>, from: &mut RecvStream, bytes: &'static [u8]) -> Vec<u8> {
    to.send_data(Bytes::from_static(bytes), false).unwrap();
    let mut seen = Vec::new();
    while seen.len() < bytes.len() {
        let data = from.data().await.unwrap().unwrap();
        from.flow_control().release_capacity(data.len()).unwrap();
        seen.extend(data);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permitted_tunnel_carries_and_its_end_is_recorded_with_what_it_carried() {
    let (platform, echo) = with_services().await;
    let mut send = line(&platform, TERMINALS, true).await;
    let alice = credential(&platform, ALICE, Some(&own_key()));
    let authority = format!("db:{}", echo.address.port());
    let (id, mut to, mut from) = connect(&mut send, &authority, Some(&alice)).await.unwrap();
    assert_eq!(echoed(&mut to, &mut from, b"hello").await, b"hello");
    to.send_data(Bytes::new(), true).unwrap();
    while let Some(data) = from.data().await {
        assert!(data.unwrap().is_empty(), "nothing comes but the end");
    }
    let (_, decision) = platform.ledger.find_decision(&id).await.unwrap();
    assert_eq!((decision.outcome, decision.resource.as_deref()), (Outcome::Permit, Some("db")));
    assert_eq!((decision.subject.as_deref(), decision.device.as_deref()), (Some("alice"), Some("laptop")));
    let end = recorded_end(&platform).await;
    let carried = end.carried.unwrap();
    assert_eq!((end.request.as_str(), end.reason.as_str(), end.world), (id.as_str(), "closed", 0));
    assert_eq!((carried.bytes_in, carried.bytes_out), (5, 5));
    assert_eq!(echo.came(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_permitted_reaches_nothing() {
    let (platform, echo) = with_services().await;
    let mut send = line(&platform, TERMINALS, true).await;
    let (alice, bob) = (credential(&platform, ALICE, Some(&own_key())), credential(&platform, BOB, Some(&own_key())));
    assert_eq!(refused(&mut send, "db", Some(&bob)).await, (403, "access-denied".to_owned()));
    assert_eq!(refused(&mut send, "other-db", Some(&alice)).await, (403, "access-denied".to_owned()));
    assert_eq!(refused(&mut send, "db", None).await, (401, "sign-in-required".to_owned()));
    assert_eq!(refused(&mut send, "db", Some("AAAA")).await, (401, "sign-in-required".to_owned()));
    assert_eq!(echo.came(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i15_a_terminals_session_is_nothing_under_another_key_and_for_no_other_audience() {
    let (platform, echo) = with_services().await;
    let mut own = line(&platform, TERMINALS, true).await;
    let mut bare = line(&platform, TERMINALS, false).await;
    let bound = credential(&platform, ALICE, Some(&own_key()));
    let other_key = credential(&platform, ALICE, Some(&"cd".repeat(32)));
    let unbound = credential(&platform, ALICE, None);
    for wrong in [&other_key, &unbound] {
        assert_eq!(refused(&mut own, "open", Some(wrong)).await.1, "sign-in-required");
    }
    for wrong in [&bound, &other_key] {
        assert_eq!(refused(&mut bare, "open", Some(wrong)).await.1, "sign-in-required");
    }
    // A browser's cookies are not a terminal's credential.
    let cookie = SessionCookie { session: SessionId::from_bytes(ALICE), rotation: 0 };
    for audience in [Audience::Portal, Audience::Application(&"open".parse().unwrap())] {
        let value = cookie.value(&platform.cookie_key, audience);
        assert_eq!(refused(&mut own, "open", Some(&value)).await.1, "sign-in-required", "{audience:?}");
    }
    assert_eq!(echo.came(), 0);
    // And where no device was bound none is proven: what needs one stays shut, what does not is open.
    assert_eq!(refused(&mut bare, "db", Some(&unbound)).await.1, "access-denied");
    assert!(connect(&mut bare, "open", Some(&unbound)).await.is_ok());
    assert!(connect(&mut own, "open", Some(&bound)).await.is_ok());
}

/// TUN-01, TUN-02, TUN-05: a service is its name, with no port but its own, and never an address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_no_tunnel_leads_to_what_the_request_names_itself() {
    let (platform, echo) = with_services().await;
    let mut send = line(&platform, TERMINALS, true).await;
    let alice = credential(&platform, ALICE, Some(&own_key()));
    let port = echo.address.port();
    let other = if port == 22 { 23 } else { 22 };
    let mut cases = 0;
    for (target, expected) in [
        (format!("db:{other}"), (404, "unknown-host")),
        ("nothing".to_owned(), (404, "unknown-host")),
        ("app".to_owned(), (404, "unknown-host")),
        ("app:443".to_owned(), (404, "unknown-host")),
        ("laptop".to_owned(), (404, "unknown-host")),
        (format!("localhost:{port}"), (404, "unknown-host")),
        (format!("127.0.0.1:{port}"), (421, "malformed-request")),
        (format!("127.1:{port}"), (421, "malformed-request")),
        (format!("2130706433:{port}"), (421, "malformed-request")),
        (format!("0x7f000001:{port}"), (421, "malformed-request")),
        (format!("[::1]:{port}"), (421, "malformed-request")),
        (format!("[::ffff:127.0.0.1]:{port}"), (421, "malformed-request")),
        (format!("db:0{port}"), (400, "malformed-request")),
        ("db:0".to_owned(), (400, "malformed-request")),
        ("DB".to_owned(), (400, "malformed-request")),
        (format!("x@db:{port}"), (400, "malformed-request")),
    ] {
        let (status, kind) = refused(&mut send, &target, Some(&alice)).await;
        assert_eq!((status, kind.as_str()), expected, "{target}");
        cases += 1;
    }
    println!("attacks TUN: {cases} targets, 0 failed");
    assert_eq!(echo.came(), 0);
    assert!(connect(&mut send, &format!("db:{port}"), Some(&alice)).await.is_ok(), "the connection still serves");
}

/// TUN-13, DEV-23: a tunnel is asked for on a connection to the terminals' host, and on no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_connections_made_for_another_host_carry_no_tunnel() {
    let (platform, echo) = with_services().await;
    let alice = credential(&platform, ALICE, None);
    for host in [APP, PORTAL] {
        let mut send = line(&platform, host, false).await;
        assert_eq!(refused(&mut send, "open", Some(&alice)).await, (405, "malformed-request".to_owned()), "{host}");
    }
    assert_eq!(echo.came(), 0);
}

/// CONNECT over HTTP/1.1 would take the connection with it, so it is not offered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_http1_has_no_tunnels() {
    let (platform, echo) = with_services().await;
    let alice = credential(&platform, ALICE, None);
    let request = format!("CONNECT open:443 HTTP/1.1\r\nHost: open:443\r\nProxy-Authorization: Bearer {alice}\r\n\r\n");
    assert!(platform.ask(TERMINALS, &request).await.status >= 400);
    assert_eq!(echo.came(), 0);
}

/// TUN-09: a service that is the gateway itself is not reached, by whichever address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i8_no_tunnel_leads_back_to_the_gateway() {
    let (mut platform, _echo) = with_services().await;
    let alice = credential(&platform, ALICE, None);
    let mut send = line(&platform, TERMINALS, false).await;
    let port = platform.address().port();
    for (id, address) in [("loop", format!("127.0.0.1:{port}")), ("mapped", format!("[::ffff:127.0.0.1]:{port}"))] {
        platform.change(Kind::Resource, id, Some(service(id, &address, &["open"])));
        let (status, problem) = settled(&mut send, id, &alice).await.unwrap_err();
        assert_eq!((status.as_u16(), problem["title"].as_str()), (502, Some("The application cannot be reached.")));
    }
}

/// The answer of a worker that has seen the service's document.
async fn settled(
    send: &mut SendRequest<Bytes>,
    id: &str,
    credential: &str,
) -> Result<(String, SendStream<Bytes>, RecvStream), (StatusCode, Value)> {
    loop {
        match connect(send, id, Some(credential)).await {
            Err((StatusCode::NOT_FOUND, _)) => {}
            other => return other,
        }
    }
}

/// A service that is not there, and one whose second address is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_are_tried_in_their_order() {
    let (mut platform, echo) = with_services().await;
    let alice = credential(&platform, ALICE, None);
    let mut send = line(&platform, TERMINALS, false).await;
    // The same port on an address of this machine where nobody listens.
    let dead = format!("127.0.0.9:{}", echo.address.port());
    platform.change(Kind::Resource, "dead", Some(service("dead", &dead, &["open"])));
    assert_eq!(settled(&mut send, "dead", &alice).await.unwrap_err().0, StatusCode::BAD_GATEWAY);
    let mut both = service("both", &dead, &["open"]);
    both["addresses"] = json!([dead, echo.address.to_string()]);
    platform.change(Kind::Resource, "both", Some(both));
    let (_, mut to, mut from) = settled(&mut send, "both", &alice).await.unwrap();
    assert_eq!(echoed(&mut to, &mut from, b"second").await, b"second");
}

/// TUN-12: what a client sends is the resource's, byte for byte, and the gateway adds and takes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_carried_is_what_was_sent() {
    let (platform, _echo) = with_services().await;
    let alice = credential(&platform, ALICE, None);
    let mut send = line(&platform, TERMINALS, false).await;
    let (_, mut to, mut from) = connect(&mut send, "open", Some(&alice)).await.unwrap();
    let forged: &[u8] =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x00\x50\x00\x50PROXY TCP4 10.0.0.1";
    assert_eq!(echoed(&mut to, &mut from, forged).await, forged);
}

/// TUN-11: the tunnel of an ended session is cut within a second, says why on its own connection, and carries nothing more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_tunnel_is_cut_when_it_is_no_longer_permitted() {
    for (kind, id, reason) in [
        (Kind::Session, SessionId::from_bytes(ALICE).to_string(), "session-ended"),
        (Kind::Policy, "tcp.cedar".to_owned(), "no-policy-permits"),
        (Kind::Resource, "db".to_owned(), "resource-removed"),
        (Kind::Posture, "laptop".to_owned(), "device-never-reported"),
    ] {
        let (mut platform, _echo) = with_services().await;
        let mut send = line(&platform, TERMINALS, true).await;
        let alice = credential(&platform, ALICE, Some(&own_key()));
        let (request, mut to, mut from) = connect(&mut send, "db", Some(&alice)).await.unwrap();
        assert_eq!(echoed(&mut to, &mut from, b"before").await, b"before");
        platform.change(kind, &id, None);
        let since = Instant::now();
        let cut = from.data().await.unwrap().unwrap_err();
        assert!(since.elapsed() < Duration::from_secs(1), "{reason}: {:?}", since.elapsed());
        assert_eq!(cut.reason(), Some(Reason::CANCEL), "{reason}");
        assert_eq!(why(&mut send, &request).await.unwrap()["reason"], reason);
        let end = recorded_end(&platform).await;
        assert_eq!((end.request.as_str(), end.reason.as_str()), (request.as_str(), reason));
        assert!(end.delay_ms.is_some() && end.world > 0, "{end:?}");
        assert_eq!(end.carried.map(|carried| (carried.bytes_in, carried.bytes_out)), Some((6, 6)));
        // Nobody else learns of it, not even by its number.
        let mut stranger = line(&platform, TERMINALS, true).await;
        assert_eq!(why(&mut stranger, &request).await, None);
    }
}

/// A device that is revoked, removed or enrolled by another key takes along every session that is bound to it, whatever the
/// policies ask of devices: open tunnels are cut, new ones refused. What is no device of the session's takes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_a_terminals_session_ends_with_its_device() {
    let laptop = |status: &str, key: &str| {
        json!({
            "id": "laptop", "name": "Laptop", "owner": "alice", "platform": "linux", "managed": true, "status": status,
            "key_sha256": key.repeat(32), "enrolled_at": now(),
        })
    };
    for (document, reason) in [
        (Some(laptop("revoked", "ab")), "device-revoked"),
        (None, "device-revoked"),
        (Some(laptop("active", "cd")), "session-ended"),
    ] {
        let (mut platform, echo) = with_services().await;
        let mut bound = session(ALICE, "alice", &["password", "totp"]);
        bound["device"] = json!("laptop");
        bound["device_key"] = json!(own_key());
        platform.change(Kind::Session, &SessionId::from_bytes(ALICE).to_string(), Some(bound));
        let mut send = line(&platform, TERMINALS, true).await;
        let alice = credential(&platform, ALICE, Some(&own_key()));
        let (request, mut to, mut from) = connect(&mut send, "open", Some(&alice)).await.unwrap();
        let mut other = laptop("revoked", "ef");
        other["id"] = json!("other-laptop");
        platform.change(Kind::Device, "other-laptop", Some(other));
        assert_eq!(echoed(&mut to, &mut from, b"before").await, b"before");
        assert!(connect(&mut send, "open", Some(&alice)).await.is_ok());
        // The service counts a connection a moment after it was made.
        while echo.came() < 2 {
            tokio::task::yield_now().await;
        }
        let came = echo.came();
        platform.change(Kind::Device, "laptop", document);
        let since = Instant::now();
        let cut = from.data().await.unwrap().unwrap_err();
        assert!(since.elapsed() < Duration::from_secs(1), "{reason}: {:?}", since.elapsed());
        assert_eq!(cut.reason(), Some(Reason::CANCEL), "{reason}");
        assert_eq!(why(&mut send, &request).await.unwrap()["reason"], reason);
        assert_eq!(refused(&mut send, "open", Some(&alice)).await, (401, "sign-in-required".to_owned()), "{reason}");
        assert_eq!(echo.came(), came);
    }
}

/// The other tunnel of the same connection goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_change_concerns_is_cut() {
    let (mut platform, _echo) = with_services().await;
    let mut send = line(&platform, TERMINALS, true).await;
    let alice = credential(&platform, ALICE, Some(&own_key()));
    let (_, _to, mut cut) = connect(&mut send, "db", Some(&alice)).await.unwrap();
    let (_, mut to, mut from) = connect(&mut send, "open", Some(&alice)).await.unwrap();
    platform.change(Kind::Posture, "laptop", None);
    assert!(cut.data().await.unwrap().is_err());
    assert_eq!(echoed(&mut to, &mut from, b"still here").await, b"still here");
}

async fn why(send: &mut SendRequest<Bytes>, request: &str) -> Option<Value> {
    let asked = Request::builder().uri(format!("https://{TERMINALS}/.sekisho/tunnels/{request}")).body(()).unwrap();
    let (response, _) = send.send_request(asked, true).unwrap();
    let (parts, mut body) = response.await.unwrap().into_parts();
    let data = body.data().await.transpose().unwrap().unwrap_or_default();
    (parts.status == StatusCode::OK).then(|| serde_json::from_slice(&data).unwrap())
}
