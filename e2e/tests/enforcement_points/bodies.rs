//! What has a body, and what becomes a WebSocket: it is decided like everything else, and passes whole or not at all.

use sekisho_e2e::client::Person;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::client::TlsStream;

use crate::scene::{Scene, WIKI};

/// More than a proxy reads at once, and less than any of them refuses.
const LENGTH: usize = 300_000;
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

type Stream = TlsStream<tokio::net::TcpStream>;

/// For the right user: where she may and where she may not.
pub(crate) async fn pass_where_they_may(scene: &Scene, alice: &Person) {
    let cookie = format!("Cookie: {}\r\n", alice.cookie(WIKI));
    let body: Vec<u8> = (0..LENGTH).map(|at| u8::try_from(at % 251).unwrap()).collect();
    for chunked in [false, true] {
        scene.received();
        let (status, _) = post(scene, "/form", &cookie, &body, chunked).await;
        let recorded = scene.origin.recorded();
        assert_eq!((status, recorded.strict.len()), (200, 1), "chunked: {chunked}");
        let request = recorded.strict.first().unwrap();
        assert_eq!(request.line, "POST /form");
        assert!(request.body == body, "{} of {LENGTH} bytes came", request.body.len());
        assert_eq!(request.values("sekisho-assertion").len(), 1, "{:?}", request.fields);
        scene.received();
        for (path, cookie) in [("/secret/form", cookie.as_str()), ("/form", "")] {
            let (status, text) = post(scene, path, cookie, &body, chunked).await;
            assert!(status == 303 || status >= 400, "{path}: {status}: {text}");
            assert_eq!(scene.received(), 0, "{path}, chunked: {chunked}");
        }
    }
    a_socket_passes(scene, &cookie).await;
    for (path, cookie) in [("/secret/socket", cookie.as_str()), ("/socket", "")] {
        let (status, _) = socket(scene, path, cookie).await;
        assert!(status == 303 || status >= 400, "{path}: {status}");
        assert_eq!(scene.received(), 0, "{path}");
    }
}

/// One POST on a connection of its own: the status, and what was said.
async fn post(scene: &Scene, path: &str, cookie: &str, body: &[u8], chunked: bool) -> (u16, String) {
    let mut stream = scene.to_proxy().unwrap().connect(WIKI).await.unwrap();
    let (framing, body) = if chunked {
        let chunks =
            body.chunks(10_000).map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        ("Transfer-Encoding: chunked".to_owned(), [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat())
    } else {
        (format!("Content-Length: {}", body.len()), body.to_vec())
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {WIKI}:{}\r\n{cookie}Content-Type: application/octet-stream\r\n{framing}\r\nConnection: close\r\n\r\n",
        scene.port
    );
    // Whoever is refused need not be heard out.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer to {path}: {answer}")), answer)
}

async fn a_socket_passes(scene: &Scene, cookie: &str) {
    scene.received();
    let (status, mut stream) = socket(scene, "/socket", cookie).await;
    assert_eq!(status, 101);
    let mut frame = [0; 7];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut frame)).await.unwrap().unwrap();
    assert_eq!(&frame, b"\x81\x05hello");
    let recorded = scene.origin.recorded();
    let request = recorded.strict.first().unwrap();
    assert_eq!((request.line.as_str(), request.values("sekisho-assertion").len()), ("GET /socket", 1));
    drop(stream);
    scene.received();
}

/// Asks for a WebSocket: the status, and the connection behind the head of the answer.
async fn socket(scene: &Scene, path: &str, cookie: &str) -> (u16, Stream) {
    let mut stream = scene.to_proxy().unwrap().connect(WIKI).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {WIKI}:{}\r\n{cookie}{UPGRADE}\r\n", scene.port);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(tokio::time::timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}")), stream)
}
