//! Origins of other kinds than the recorder: one that speaks HTTP/2, and one whose connections have habits.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// An origin that speaks HTTP/2 and sends back what it gets, part by part, with trailers.
#[derive(Clone)]
pub(crate) struct Http2Origin {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<Request<()>>>>,
    open: Arc<watch::Sender<usize>>,
    connections: Arc<AtomicUsize>,
    /// How many bytes of bodies came, and so how many were sent back or wait to be.
    bytes: Arc<watch::Sender<usize>>,
    /// How many streams of each connection were reset.
    resets: Arc<Mutex<Vec<Arc<AtomicUsize>>>>,
}

/// The most streams that may be reset on a connection before the origin ends it.
pub(crate) const BORNE: usize = 100;

impl Http2Origin {
    pub(crate) async fn start(tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origin = Self {
            address,
            heads: Arc::default(),
            open: Arc::new(watch::Sender::new(0)),
            connections: Arc::default(),
            bytes: Arc::new(watch::Sender::new(0)),
            resets: Arc::default(),
        };
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let serving = origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, serving) = (acceptor.clone(), serving.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serving.connection(stream).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serving.connection(stream).await;
                            }
                        }
                    }
                });
            }
        });
        origin
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many streams of each connection were reset.
    pub(crate) fn resets(&self) -> Vec<usize> {
        self.resets.lock().unwrap().iter().map(|resets| resets.load(Ordering::Relaxed)).collect()
    }

    pub(crate) fn heads(&self) -> Vec<Request<()>> {
        let heads = self.heads.lock().unwrap();
        heads.iter().map(copy).collect()
    }

    /// Waits until no stream is open.
    pub(crate) async fn all_closed(&self) {
        self.open.subscribe().wait_for(|open| *open == 0).await.unwrap();
    }

    /// Waits until that number of bytes of bodies has come.
    pub(crate) async fn has_got(&self, bytes: usize) {
        self.bytes.subscribe().wait_for(|got| *got >= bytes).await.unwrap();
    }

    async fn connection(&self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Ok(mut connection) = h2::server::handshake(io).await else { return };
        self.connections.fetch_add(1, Ordering::Relaxed);
        let resets: Arc<AtomicUsize> = Arc::default();
        self.resets.lock().unwrap().push(resets.clone());
        while let Some(Ok((request, respond))) = connection.accept().await {
            if resets.load(Ordering::Relaxed) > BORNE {
                connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
            }
            let (head, body) = (copy(&request), request.into_body());
            self.heads.lock().unwrap().push(head);
            let (open, bytes, resets) = (self.open.clone(), self.bytes.clone(), resets.clone());
            open.send_modify(|open| *open += 1);
            tokio::spawn(async move {
                if echo(body, respond, &bytes).await.is_err() {
                    resets.fetch_add(1, Ordering::Relaxed);
                }
                open.send_modify(|open| *open -= 1);
            });
        }
    }
}

fn copy<B>(request: &Request<B>) -> Request<()> {
    let mut copy = Request::new(());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

async fn echo(
    mut body: RecvStream,
    mut respond: SendResponse<Bytes>,
    bytes: &watch::Sender<usize>,
) -> Result<(), h2::Error> {
    let mut head = Response::new(());
    head.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    let mut out = respond.send_response(head, false)?;
    echo_parts(&mut body, &mut out, bytes).await
}

async fn echo_parts(
    body: &mut RecvStream,
    out: &mut SendStream<Bytes>,
    bytes: &watch::Sender<usize>,
) -> Result<(), h2::Error> {
    while let Some(data) = body.data().await {
        let data = data?;
        let length = data.len();
        body.flow_control().release_capacity(length)?;
        out.send_data(data, false)?;
        bytes.send_modify(|bytes| *bytes += length);
    }
    let mut trailers = HeaderMap::new();
    for (name, value) in body.trailers().await?.unwrap_or_default() {
        trailers.append(format!("got-{}", name.unwrap()).parse::<http::HeaderName>().unwrap(), value);
    }
    for name in ["grpc-status", "set-cookie", "sekisho-assertion", "content-length", "x-request-id"] {
        trailers.insert(name, HeaderValue::from_static("0"));
    }
    out.send_trailers(trailers)
}

/// An HTTP/1 origin whose paths say how its connections behave.
#[derive(Clone)]
pub(crate) struct HabitOrigin {
    pub(crate) address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl HabitOrigin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Self { address: listener.local_addr().unwrap(), lines: Arc::default() };
        let serving = origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move {
                    let _ = serving.connection(stream).await;
                });
            }
        });
        origin
    }

    /// The request lines, in order, of all connections.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    async fn connection(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        for number in 0.. {
            let (line, key, length) = head(&mut stream).await?;
            if line.is_empty() {
                return Ok(());
            }
            self.lines.lock().unwrap().push(line.clone());
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await?;
            let answer = match line.split(' ').nth(1).unwrap_or_default() {
                // Answers once on each connection; what comes next finds it closed.
                "/once" if number > 0 => return Ok(()),
                "/hints" => concat!(
                    "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\nset-cookie: a=b\r\n\r\n",
                    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
                )
                .to_owned(),
                "/socket" => {
                    let accept = accept_for(&key);
                    let head = format!(
                        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n"
                    );
                    stream.write_all(head.as_bytes()).await?;
                    return echo_bytes(stream).await;
                }
                _ => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned(),
            };
            stream.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }
}

/// The request line, a WebSocket's key, and the length of the body.
async fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<(String, String, usize)> {
    let (mut first, mut key, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == "\r\n" {
            return Ok((first, key, length));
        }
        let line = line.trim_end();
        if first.is_empty() {
            line.clone_into(&mut first);
        }
        if let Some(value) = line.strip_prefix("sec-websocket-key: ") {
            value.clone_into(&mut key);
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
}

async fn echo_bytes(mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
    let mut block = [0; 4096];
    loop {
        let length = stream.read(&mut block).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(block.get(..length).unwrap()).await?;
    }
}

fn accept_for(key: &str) -> String {
    use base64::Engine as _;
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(digest)
}
