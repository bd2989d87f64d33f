//! An origin that is no web framework: it keeps every byte of every connection, and answers what it takes for a request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::reading::{Request, lenient, strict};

/// The recorder. It serves until its runtime ends.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    log: Log,
    open: Arc<watch::Sender<usize>>,
}

type Log = Arc<Mutex<Vec<Heard>>>;

/// What came over one connection.
#[derive(Debug)]
struct Heard {
    bytes: Vec<u8>,
    is_open: bool,
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
        let recorder =
            Self { address: listener.local_addr()?, log: Arc::default(), open: Arc::new(watch::Sender::new(0)) };
        let (log, open) = (recorder.log.clone(), recorder.open.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, open) = (log.clone(), open.clone());
                tokio::spawn(async move {
                    open.send_modify(|open| *open += 1);
                    let place = {
                        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                        log.push(Heard { bytes: Vec::new(), is_open: true });
                        log.len() - 1
                    };
                    serve(stream, &log, place).await;
                    if let Some(heard) = log.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
                        heard.is_open = false;
                    }
                    open.send_modify(|open| *open -= 1);
                });
            }
        });
        Ok(recorder)
    }

    /// Forgets what was received. Connections that are open go on as new ones.
    pub fn forget(&self) {
        for heard in self.log.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            heard.bytes.clear();
        }
    }

    /// How many connections came so far, with bytes or without.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until no connection is open: whoever held one has let go of it.
    pub async fn all_closed(&self) {
        // The sender is in this value, so the channel is open.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Waits until each connection that carried those bytes since is closed.
    pub async fn closed_with(&self, mark: &str) {
        let carries = |heard: &Heard| String::from_utf8_lossy(&heard.bytes).contains(mark);
        let is_over = |_: &usize| {
            let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            !log.iter().any(|heard| heard.is_open && carries(heard))
        };
        // The sender is in this value, so the channel is open.
        let _ = self.open.subscribe().wait_for(is_over).await;
    }

    /// What was received since.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        self.read(|_| true)
    }

    /// What was received since, without connections that carry the end of another case.
    #[must_use]
    pub fn recorded_of(&self, case: &str) -> Recorded {
        let marked = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("x-case: ");
        let own = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&format!("x-case: {case}\r\n"));
        self.read(|bytes| own(bytes) || !marked(bytes))
    }

    fn read(&self, counts: impl Fn(&[u8]) -> bool) -> Recorded {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let all = log.iter().map(|heard| &heard.bytes);
        let bytes: Vec<Vec<u8>> = all.filter(|bytes| !bytes.is_empty() && counts(bytes)).cloned().collect();
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

async fn serve(mut stream: TcpStream, log: &Log, place: usize) {
    let (mut pending, mut block) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(length) = stream.read(&mut block).await {
        let Some(bytes) = block.get(..length).filter(|bytes| !bytes.is_empty()) else { return };
        if let Some(heard) = log.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
            heard.bytes.extend_from_slice(bytes);
        }
        pending.extend_from_slice(bytes);
        let (requests, _) = lenient(&pending);
        if requests.is_empty() {
            continue;
        }
        pending.clear();
        for request in requests {
            if let Some((head, part)) = endless(&request) {
                return stream_out(stream, head, part).await;
            }
            if stream.write_all(&answer(&request)).await.is_err() {
                return;
            }
        }
    }
}

/// What never ends: a head, and a part that is sent again and again. An empty part is sent once and waited on.
fn endless(request: &Request) -> Option<(&'static str, Vec<u8>)> {
    const WEBSOCKET: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    const EVENTS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    const DOWNLOAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
    match request.line.as_str() {
        "GET /socket" if !request.values("upgrade").is_empty() => Some((WEBSOCKET, b"\x81\x05hello".to_vec())),
        "GET /half-a-frame" if !request.values("upgrade").is_empty() => {
            Some((WEBSOCKET, b"\x82\x7f\0\0\0\0\0\xff\xff\xffhalf".to_vec()))
        }
        "GET /events" => Some((EVENTS, b"9\r\ndata: 1\n\n\r\n".to_vec())),
        "GET /download" => Some((DOWNLOAD, vec![b'x'; 64 * 1024])),
        "GET /never" => Some(("", Vec::new())),
        _ => None,
    }
}

async fn stream_out(mut stream: TcpStream, head: &str, part: Vec<u8>) {
    if stream.write_all(head.as_bytes()).await.is_err() {
        return;
    }
    let once = part.is_empty() || part.ends_with(b"half");
    let (mut read, mut write) = stream.split();
    let writing = async {
        loop {
            if write.write_all(&part).await.is_err() {
                return;
            }
            if once {
                return std::future::pending().await;
            }
            if part.len() < 1024 {
                // A stream of small messages has a rhythm; nobody waits for it.
                sleep(Duration::from_millis(10)).await;
            }
        }
    };
    let mut block = [0; 4096];
    let reading = async { while matches!(read.read(&mut block).await, Ok(length) if length > 0) {} };
    tokio::select! {
        () = writing => {}
        () = reading => {}
    }
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

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
        "GET /sets-cookies" => {
            ok("set-cookie: theme=dark; Domain=test; Path=/; Secure\r\nset-cookie: lang=ja; domain=.test\r\n", "ok")
        }
        "GET /two-answers" => [ok("", "ok"), ok("", "for nobody")].concat(),
        "GET /refuses-upgrade" => b"HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n".to_vec(),
        "GET /bad-chunk" => [CHUNKED, b"2\r\nok\r\nzz\r\nhello"].concat(),
        "GET /chunk-that-spills" => [CHUNKED, b"2\r\nokXX\r\n0\r\n\r\n"].concat(),
        "GET /half-an-answer" => b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok".to_vec(),
        "GET /two-lengths" => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok".to_vec(),
        "GET /two-framings" => {
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n".to_vec()
        }
        "GET /no-answer" => b"nonsense\r\n\r\n".to_vec(),
        "GET /hops" => ok("connection: x-hop\r\nx-hop: a\r\nkeep-alive: timeout=5\r\n", "ok"),
        _ => ok("", "ok"),
    }
}
