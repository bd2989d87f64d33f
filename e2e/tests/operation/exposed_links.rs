//! An enrolment link in a request that is refused, or that comes without TLS, may have been read by others: it counts no more. What is
//! only looked at, and what only resembles it, makes no link void.

use std::time::Duration;

use sekisho_e2e::client::{Connector, Person};
use sekisho_e2e::peer::server_port;
use sekisho_e2e::platform::Platform;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PORTAL: &str = "portal.localhost";
const USER: &str = "[[user]]\nid = \"alice\"\nname = \"Alice\"\n";
/// How long the platform may take to make a link void on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A new link, and its path.
async fn link(platform: &Platform) -> (String, String) {
    let made = platform.command(&["user", "link", "alice"]).await.unwrap();
    let url = made.get("url").and_then(Value::as_str).unwrap().to_owned();
    let path = url.get(url.find("/enroll/").unwrap()..).unwrap().to_owned();
    (url, path)
}

async fn status(person: &mut Person, url: &str) -> u16 {
    person.go(url).await.unwrap().status
}

async fn raw(connector: &Connector, request: &str) -> String {
    let mut stream = connector.connect(PORTAL).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_others_may_have_read_counts_no_more() {
    let plain = server_port().unwrap();
    let settings = format!("redirect_listen = \"127.0.0.1:{plain}\"\nnew_connections_per_address = 1000000\n");
    let platform = Platform::start_with(1, &[], &settings).await.unwrap();
    platform.apply(&[("user.toml", USER)]).await.unwrap();
    let (connector, mut person) = (platform.connector().unwrap(), platform.person().unwrap());
    let long = format!("X-Long: {}", "a".repeat(200_000));
    for line in ["X-Bad: \x01", &long, "Transfer-Encoding: chunked\r\nContent-Length: 4"] {
        let (url, path) = link(&platform).await;
        assert_eq!(status(&mut person, &url).await, 200, "who looks at it uses nothing up");
        // What only resembles it leaves it alone.
        let other = path.replacen("/enroll/alice", "/enroll/alicf", 1);
        assert!(raw(&connector, &head(&other, line)).await.starts_with("HTTP/1.1 4"));
        assert_eq!(status(&mut person, &url).await, 200);
        assert!(raw(&connector, &head(&path, line)).await.starts_with("HTTP/1.1 4"));
        gone(&mut person, &url).await;
    }
    let (url, path) = link(&platform).await;
    let mut stream = TcpStream::connect(("127.0.0.1", plain)).await.unwrap();
    stream.write_all(head(&path, "Accept: */*").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 308 "));
    gone(&mut person, &url).await;
    // A new link replaces it.
    let (url, _) = link(&platform).await;
    assert_eq!(status(&mut person, &url).await, 200);
}

fn head(path: &str, line: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {PORTAL}\r\nConnection: close\r\n{line}\r\n\r\n")
}

/// Waits until the link is void.
async fn gone(person: &mut Person, url: &str) {
    let void = async { while status(person, url).await == 200 {} };
    tokio::time::timeout(PATIENCE, void).await.unwrap();
}
