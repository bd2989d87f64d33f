//! An application of long and large exchanges: downloads with ranges, uploads, server-sent events, a WebSocket that counts.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::Trouble;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// How often something happens on what stays open.
const RHYTHM: Duration = Duration::from_millis(50);
/// "compressed" as gzip.
const GZIP: [u8; 30] =
    [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 206, 207, 45, 40, 74, 45, 46, 78, 77, 1, 0, 30, 75, 86, 151, 10, 0, 0, 0];

/// A running application. It ends with its runtime.
#[derive(Debug)]
pub struct Streams {
    address: SocketAddr,
}

impl Streams {
    /// Serves `page` at `/`, and its exchanges beside it.
    pub async fn serve(page: &'static str) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Trouble::during("an origin's port"))?;
        let address = listener.local_addr().map_err(Trouble::during("an origin's port"))?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service_fn(move |request| answer(page, request));
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection.with_upgrades());
            }
        });
        Ok(Self { address })
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }
}

async fn answer(page: &'static str, request: Request<Incoming>) -> Result<Response<Body>, http::Error> {
    match request.uri().path() {
        "/" => Response::builder().header("content-type", "text/html; charset=utf-8").body(full(page)),
        "/download" => download(&request),
        "/upload" => upload(request).await,
        "/events" => Response::builder().header("content-type", "text/event-stream").body(events()),
        "/compressed" => Response::builder().header("content-encoding", "gzip").body(full(GZIP.as_slice())),
        "/socket" => socket(request),
        _ => Response::builder().status(StatusCode::NOT_FOUND).body(full("")),
    }
}

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// As many bytes as the query says, or the range of them that is asked for.
fn download(request: &Request<Incoming>) -> Result<Response<Body>, http::Error> {
    let whole: u64 = request.uri().query().and_then(|query| query.parse().ok()).unwrap_or(0);
    let range =
        request.headers().get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let range = range.and_then(|(from, to)| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
    let response = Response::builder().header("content-type", "application/octet-stream");
    let response = response.header("content-disposition", "attachment; filename=\"large.bin\"");
    match range {
        Some((from, to)) if from <= to && to < whole => response
            .status(StatusCode::PARTIAL_CONTENT)
            .header("content-range", format!("bytes {from}-{to}/{whole}"))
            .header("content-length", to - from + 1)
            .body(zeroes(to - from + 1)),
        _ => response.header("content-length", whole).body(zeroes(whole)),
    }
}

fn zeroes(length: u64) -> Body {
    static BLOCK: [u8; 64 * 1024] = [0; 64 * 1024];
    let blocks = stream::unfold(length, |left| async move {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK.len());
        let block = BLOCK.get(..length).filter(|block| !block.is_empty())?;
        Some((Ok(Frame::data(Bytes::from_static(block))), left - length as u64))
    });
    StreamBody::new(blocks).boxed_unsync()
}

/// How many bytes came.
async fn upload(request: Request<Incoming>) -> Result<Response<Body>, http::Error> {
    let (mut body, mut length) = (request.into_body(), 0);
    while let Some(Ok(frame)) = body.frame().await {
        length += frame.data_ref().map_or(0, Bytes::len);
    }
    Response::builder().body(full(length.to_string()))
}

fn events() -> Body {
    let ticks = stream::unfold(0_u64, |number| async move {
        tokio::time::sleep(RHYTHM).await;
        Some((Ok(Frame::data(Bytes::from(format!("data: {number}\n\n")))), number + 1))
    });
    StreamBody::new(ticks).boxed_unsync()
}

/// A WebSocket that sends back what it gets, and counts.
fn socket(request: Request<Incoming>) -> Result<Response<Body>, http::Error> {
    let key = request.headers().get("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes()));
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        let (mut send, mut receive) = socket.split();
        let mut ticks = tokio::time::interval(RHYTHM);
        for number in 0_u64.. {
            let message = tokio::select! {
                _ = ticks.tick() => Message::text(format!("count {number}")),
                message = receive.next() => match message {
                    Some(Ok(message)) if message.is_text() => message,
                    _ => return,
                },
            };
            if send.send(message).await.is_err() {
                return;
            }
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", key.unwrap_or_default())
        .body(full(""))
}
