//! The agent's proof service: for the portal's pages, at this very address, and for nobody else.

use std::net::SocketAddr;

use sekisho_device_protocol::proof::{ProofAnswer, ProofRequest};
use sekisho_model::SessionId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::platform::{PORTAL, Platform, id, now};

const SESSION: SessionId = SessionId::from_bytes([1; 16]);

/// Sends bytes to the proof service; its whole answer.
async fn raw(address: SocketAddr, request: String) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A service that stops reading a too large request may reset the connection after its answer.
    drop(stream.read_to_end(&mut answer).await);
    with_plain_head(&String::from_utf8(answer).unwrap())
}

/// The answer with its head in lower case, since field names have no case.
fn with_plain_head(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    format!("{}\r\n\r\n{body}", head.to_lowercase())
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn post(host: &str, headers: &str, body: &str) -> String {
    format!("POST /v1/proof HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

struct Running {
    platform: Platform,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        let platform = Platform::start().await;
        let front = platform.serve().await;
        let agent = platform.agent(&front).await;
        let address = agent.proof_address();
        let task = tokio::spawn(agent.run(std::future::pending()));
        Self { platform, address, task }
    }

    async fn body(&self) -> String {
        let challenge = self.platform.devices.challenge(&SESSION, now()).await.unwrap();
        serde_json::to_string(&ProofRequest { nonce: challenge.nonce, session: challenge.session }).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn good_headers() -> String {
    format!("Origin: {PORTAL}\r\nContent-Type: application/json\r\n")
}

#[tokio::test]
async fn i16_the_portal_gets_a_proof_that_the_server_accepts_once() {
    let running = Running::start().await;
    for host in [format!("127.0.0.1:{}", running.address.port()), format!("localhost:{}", running.address.port())] {
        let answer = raw(running.address, post(&host, &good_headers(), &running.body().await)).await;
        assert_eq!(status(&answer), 200, "{answer}");
        assert!(answer.contains(&format!("access-control-allow-origin: {PORTAL}\r\n")), "{answer}");
        let proof: ProofAnswer = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        let user = "alice".parse().unwrap();
        let first = running.platform.devices.verify_proof(&SESSION, &user, &proof, now()).await;
        assert_eq!(first.unwrap().id, id("laptop"));
        assert!(running.platform.devices.verify_proof(&SESSION, &user, &proof, now()).await.is_err());
    }
}

#[tokio::test]
async fn i16_no_other_site_and_no_other_name_gets_a_proof() {
    let running = Running::start().await;
    let (address, port) = (running.address, running.address.port());
    let host = format!("127.0.0.1:{port}");
    let json = "Content-Type: application/json\r\n";
    for origin in [
        String::new(),
        "Origin: null\r\n".to_owned(),
        "Origin: https://evil.localhost\r\n".to_owned(),
        "Origin: http://portal.localhost\r\n".to_owned(),
        format!("Origin: {PORTAL}:444\r\n"),
        format!("Origin: {PORTAL}.evil.example\r\n"),
        format!("Origin: {PORTAL}/\r\n"),
        format!("Origin: {}\r\n", PORTAL.to_uppercase()),
        format!("Origin: {PORTAL}\r\nOrigin: https://evil.localhost\r\n"),
    ] {
        let answer = raw(address, post(&host, &format!("{origin}{json}"), &running.body().await)).await;
        assert_eq!(status(&answer), 403, "{origin} {answer}");
        assert!(!answer.contains("access-control-allow-origin") && !answer.contains("signature"), "{answer}");
    }
    for host in ["127.0.0.1", "rebound.example", "localhost", "127.0.0.1:1", "LOCALHOST:1", "[::1]:1", ""] {
        let host = host.replace(":1", &format!(":{}", port.wrapping_add(1)));
        let answer = raw(address, post(&host, &good_headers(), &running.body().await)).await;
        assert_eq!(status(&answer), 421, "{host} {answer}");
    }
    let twice = post(&format!("{host}\r\nHost: rebound.example"), &good_headers(), &running.body().await);
    assert!(status(&raw(address, twice).await) >= 400);
    let absolute = post(&host, &good_headers(), &running.body().await).replacen("/v1", "http://rebound.example/v1", 1);
    assert_eq!(status(&raw(address, absolute).await), 421);
}

#[tokio::test]
async fn a_browser_may_ask_first_and_other_sites_are_not_answered() {
    let running = Running::start().await;
    let ask = |origin: &str, method: &str, more: &str| {
        format!(
            "OPTIONS /v1/proof HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n{more}\r\n",
            running.address.port()
        )
    };
    let plain = raw(running.address, ask(PORTAL, "POST", "")).await;
    assert_eq!(status(&plain), 204, "{plain}");
    assert!(plain.contains(&format!("access-control-allow-origin: {PORTAL}\r\n")));
    assert!(plain.contains("access-control-allow-headers: content-type\r\n"));
    assert!(!plain.contains("allow-private-network") && !plain.contains("allow-credentials"));
    let private = raw(running.address, ask(PORTAL, "POST", "Access-Control-Request-Private-Network: true\r\n")).await;
    assert!(private.contains("access-control-allow-private-network: true\r\n"), "{private}");

    let other =
        raw(running.address, ask("https://evil.localhost", "POST", "Access-Control-Request-Private-Network: true\r\n"))
            .await;
    assert_eq!(status(&other), 403);
    assert!(!other.contains("access-control-allow"), "{other}");
    assert_eq!(status(&raw(running.address, ask(PORTAL, "DELETE", "")).await), 405);
}

#[tokio::test]
async fn wrong_types_sizes_and_paths_are_refused() {
    let running = Running::start().await;
    let (address, host) = (running.address, format!("127.0.0.1:{}", running.address.port()));
    let body = running.body().await;
    let text = format!("Origin: {PORTAL}\r\nContent-Type: text/plain\r\n");
    assert_eq!(status(&raw(address, post(&host, &text, &body)).await), 415);
    let large = format!("{body}{}", " ".repeat(5000));
    assert_eq!(status(&raw(address, post(&host, &good_headers(), &large)).await), 413);
    for bad in [
        "",
        "{}",
        "[]",
        r#"{"nonce":"AAAA","session":"00"}"#,
        r#"{"nonce":"AAAA","session":"01010101010101010101010101010101"}"#,
    ] {
        assert_eq!(status(&raw(address, post(&host, &good_headers(), bad)).await), 400, "{bad}");
    }
    let get = post(&host, &good_headers(), "").replacen("POST", "GET", 1);
    assert_eq!(status(&raw(address, get).await), 405);
    let elsewhere = post(&host, &good_headers(), &body).replacen("/v1/proof", "/v1/key", 1);
    assert_eq!(status(&raw(address, elsewhere).await), 404);
}

#[tokio::test]
async fn proofs_are_limited() {
    let running = Running::start().await;
    let host = format!("127.0.0.1:{}", running.address.port());
    let body = running.body().await;
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) && statuses.len() < 100 {
        statuses.push(status(&raw(running.address, post(&host, &good_headers(), &body)).await));
    }
    assert_eq!((statuses[0], statuses.last()), (200, Some(&429)));
}
