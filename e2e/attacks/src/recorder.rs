//! An origin that is no web framework: it keeps every byte of every connection, and answers what it takes for a request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::reading::{Request, lenient, strict};

/// The recorder. It serves until its runtime ends.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// What the recorder received, by both parsers.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Every byte, by connection.
    pub bytes: Vec<Vec<u8>>,
    /// The requests of the strict parser.
    pub strict: Vec<Request>,
    /// The requests of the lenient parser.
    pub lenient: Vec<Request>,
    /// Whether the strict parser left bytes over.
    pub left_over: bool,
}

impl Recorder {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let recorder = Self { address: listener.local_addr()?, log: Arc::default() };
        let log = recorder.log.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, log.clone()));
            }
        });
        Ok(recorder)
    }

    /// Forgets what was received. Connections that are open go on as new ones.
    pub fn forget(&self) {
        for bytes in self.log.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            bytes.clear();
        }
    }

    /// What was received since.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<Vec<u8>> = log.iter().filter(|bytes| !bytes.is_empty()).cloned().collect();
        let mut recorded = Recorded { bytes, strict: Vec::new(), lenient: Vec::new(), left_over: false };
        for bytes in &recorded.bytes {
            let (requests, left_over) = strict(bytes);
            recorded.strict.extend(requests);
            recorded.left_over |= left_over;
            recorded.lenient.extend(lenient(bytes).0);
        }
        recorded
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<Vec<u8>>>>) {
    let place = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(Vec::new());
        log.len() - 1
    };
    let (mut pending, mut block) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(length) = stream.read(&mut block).await {
        let Some(bytes) = block.get(..length).filter(|bytes| !bytes.is_empty()) else { return };
        if let Some(seen) = log.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
            seen.extend_from_slice(bytes);
        }
        pending.extend_from_slice(bytes);
        let (requests, _) = lenient(&pending);
        if requests.is_empty() {
            continue;
        }
        pending.clear();
        for request in requests {
            if stream.write_all(&answer(&request)).await.is_err() {
                return;
            }
        }
    }
}

/// The answer to a request: its path says what kind of origin it meets.
fn answer(request: &Request) -> Vec<u8> {
    let ok = |fields: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\n{fields}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    match request.line.as_str() {
        line if line.starts_with("HEAD ") => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n".to_vec(),
        "GET /sets-our-cookie" => ok(
            "set-cookie: __Host-sekisho=stolen; Path=/; Secure\r\nset-cookie: theme=dark\r\nset-cookie: __host-SEKISHO-flow=x\r\n",
            "ok",
        ),
        "GET /two-answers" => [ok("", "ok"), ok("", "for nobody")].concat(),
        "GET /refuses-upgrade" => b"HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n".to_vec(),
        "GET /hops" => ok("connection: x-hop\r\nx-hop: a\r\nkeep-alive: timeout=5\r\n", "ok"),
        _ => ok("", "ok"),
    }
}
