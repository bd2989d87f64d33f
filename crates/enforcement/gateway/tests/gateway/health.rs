//! Addresses of an upstream that are asked whether they are well: an ill one is left, and serves again when it is well.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho_attacks::Recorder;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::calls::app_with;
use crate::platform::{APP, Platform};

/// An application that says of itself how it is, with that status.
#[derive(Clone)]
struct Application {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Application {
    /// Where it says 302, it leads to `elsewhere`.
    async fn start(elsewhere: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let application = Self { address, status: Arc::new(AtomicU16::new(200)), heads: Arc::default() };
        let serving = application.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.answer(stream, elsewhere).await });
            }
        });
        application
    }

    async fn answer(&self, stream: TcpStream, elsewhere: SocketAddr) {
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await.is_ok_and(|length| length == 0) {
                return;
            }
        }
        let status = if is_check(&head) { self.status.load(Ordering::Relaxed) } else { 200 };
        self.heads.lock().unwrap().push(head);
        let fields = format!("Location: http://{elsewhere}/healthz\r\nContent-Length: 0\r\nConnection: close");
        let answer = format!("HTTP/1.1 {status} So\r\n{fields}\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
    }

    fn heads(&self, checks: bool) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().filter(|head| is_check(head) == checks).cloned().collect()
    }
}

fn is_check(head: &str) -> bool {
    head.starts_with("GET /healthz ")
}

async fn until(mut holds: impl FnMut() -> bool, what: &str) {
    let seen = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), seen).await.is_ok(), "{what}");
}

async fn ill(platform: &Platform, count: u64) {
    let app = "app".parse().unwrap();
    until(|| platform.gateway.health.unhealthy().get(&app) == Some(&count), &format!("{count} are ill")).await;
}

async fn works(platform: &Platform) {
    for _ in 0..6 {
        let answer = platform.get(APP, "/", &format!("Cookie: {}\r\n", platform.app_cookie("app"))).await;
        assert_eq!(answer.status, 200);
    }
}

fn checked(addresses: &[SocketAddr], path: Option<&str>) -> Value {
    let mut health = json!({ "every_seconds": 1, "timeout_seconds": 1, "unhealthy_after": 1, "healthy_after": 1 });
    let path = path.map(|path| ("path".to_owned(), path.into()));
    health.as_object_mut().unwrap().extend(path);
    app_with(&json!({ "addresses": addresses, "health": health }))
}

#[tokio::test]
async fn an_ill_address_is_left_while_another_is_well_and_comes_back() {
    let elsewhere = Recorder::start().await.unwrap();
    let [first, second] = [Application::start(elsewhere.address).await, Application::start(elsewhere.address).await];
    let mut platform = Platform::start().await;
    platform.change(Kind::Resource, "app", Some(checked(&[first.address, second.address], Some("/healthz"))));
    until(|| !first.heads(true).is_empty() && !second.heads(true).is_empty(), "both are asked").await;
    works(&platform).await;
    assert!(!first.heads(false).is_empty() && !second.heads(false).is_empty());

    first.status.store(302, Ordering::Relaxed);
    ill(&platform, 1).await;
    let before = first.heads(false).len();
    works(&platform).await;
    assert_eq!(first.heads(false).len(), before, "the ill one gets nothing");
    assert!(elsewhere.recorded().strict.is_empty(), "a check follows nothing");

    second.status.store(500, Ordering::Relaxed);
    ill(&platform, 2).await;
    works(&platform).await;

    first.status.store(200, Ordering::Relaxed);
    ill(&platform, 1).await;
    let before = (first.heads(false).len(), second.heads(false).len());
    works(&platform).await;
    assert_eq!((first.heads(false).len(), second.heads(false).len()), (before.0 + 6, before.1), "it serves again");
}

#[tokio::test]
async fn a_check_speaks_for_nobody_and_is_no_access() {
    let application = Application::start(SocketAddr::from(([127, 0, 0, 1], 1))).await;
    let mut platform = Platform::start().await;
    let recorded = platform.ledger.size();
    platform.change(Kind::Resource, "app", Some(checked(&[application.address], Some("/healthz"))));
    until(|| application.heads(true).len() >= 2, "it is asked again").await;
    assert_eq!(platform.ledger.size(), recorded, "no decision and no access");
    for head in application.heads(true) {
        let mut lines: Vec<&str> = head.trim_end().lines().collect();
        lines.sort_unstable();
        let host = format!("host: {APP}");
        assert_eq!(lines, ["GET /healthz HTTP/1.1", "connection: close", &host, "user-agent: sekisho-health-check"]);
    }
    // Beside it, what somebody asks for is decided, recorded and introduced.
    works(&platform).await;
    assert!(platform.ledger.size() > recorded);
    assert!(application.heads(false).iter().all(|head| head.contains("sekisho-assertion: ")));
    // Without a document that wants it, nobody is asked any more.
    platform.change(Kind::Resource, "app", None);
    until(|| platform.gateway.health.unhealthy().is_empty(), "nothing is known of it any more").await;
}

#[tokio::test]
async fn without_a_path_a_connection_is_enough() {
    let recorder = Recorder::start().await.unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut platform = Platform::start().await;
    platform.change(Kind::Resource, "app", Some(checked(&[gone, recorder.address], None)));
    ill(&platform, 1).await;
    works(&platform).await;
    assert_eq!(recorder.recorded().strict.len(), 6, "and nothing is sent to find out");
}
