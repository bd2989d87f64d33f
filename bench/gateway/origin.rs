//! What stands behind the gateway while streams are cut: WebSockets and events over HTTP/1.1 and calls over HTTP/2 that begin and
//! then say nothing, and a TCP service that sends back what it gets. In a process of its own.

use std::future::poll_fn;
use std::io::Cursor;
use std::net::Ipv4Addr;
use std::process::Stdio;

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::Trouble;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::report::line;

/// Where its services are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// HTTP/1.1.
    pub(crate) web: u16,
    /// HTTP/2.
    pub(crate) calls: u16,
    /// The TCP service.
    pub(crate) echo: u16,
}

/// Starts it. It is killed when dropped.
pub(crate) async fn start() -> Result<(Ports, Child), Trouble> {
    let this = std::env::current_exe().map_err(Trouble::during("the path of this program"))?;
    let mut command = Command::new(this);
    command.arg("origin").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().map_err(Trouble::during("the origin"))?;
    let output = process.stdout.take().ok_or_else(|| Trouble::new("the origin has no output"))?;
    let said = BufReader::new(output).lines().next_line().await.map_err(Trouble::during("the origin"))?;
    let said = said.unwrap_or_default();
    let mut ports = said.split(' ').map(str::parse);
    match (ports.next(), ports.next(), ports.next()) {
        (Some(Ok(web)), Some(Ok(calls)), Some(Ok(echo))) => Ok((Ports { web, calls, echo }, process)),
        _ => Err(Trouble::new(format!("the origin says `{said}`"))),
    }
}

/// Serves until it is killed, and says its ports first.
pub(crate) async fn run() -> Result<(), Trouble> {
    let (web, calls, echo) = (listener().await?, listener().await?, listener().await?);
    let port = |of: &TcpListener| of.local_addr().map(|address| address.port()).map_err(Trouble::during("a port"));
    line(&format!("{} {} {}", port(&web)?, port(&calls)?, port(&echo)?));
    tokio::spawn(async move {
        while let Ok((stream, _)) = calls.accept().await {
            tokio::spawn(answer_calls(stream));
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = echo.accept().await {
            tokio::spawn(send_back(stream));
        }
    });
    while let Ok((stream, _)) = web.accept().await {
        tokio::spawn(answer(stream));
    }
    Ok(())
}

async fn listener() -> Result<TcpListener, Trouble> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Trouble::during("a free port"))
}

async fn send_back(mut stream: TcpStream) {
    let mut buffer = [0; 64];
    while let Ok(read) = stream.read(&mut buffer).await {
        let part = buffer.get(..read).filter(|part| !part.is_empty());
        let Some(part) = part else { return hold(stream).await };
        if stream.write_all(part).await.is_err() {
            return;
        }
    }
}

async fn answer(mut stream: TcpStream) {
    let mut start = [0; 64];
    let Ok(length) = stream.peek(&mut start).await else { return };
    let start = String::from_utf8_lossy(start.get(..length).unwrap_or_default()).into_owned();
    let response = match start.split(' ').nth(1) {
        Some("/socket") => return greet(stream).await,
        Some("/events") => "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 0\n\n",
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nopen",
    };
    if stream.write_all(response.as_bytes()).await.is_ok() && !response.contains("close") {
        // What was asked is read, and nothing more is said until the other side ends.
        let mut rest = [0; 1024];
        while matches!(stream.read(&mut rest).await, Ok(read) if read > 0) {}
        hold(stream).await;
    }
}

/// Closing is no part of what is measured: what ended is held until this process ends.
async fn hold<T>(_stream: T) {
    std::future::pending().await
}

async fn answer_calls(stream: TcpStream) {
    let handshake =
        h2::server::Builder::new().max_concurrent_streams(1000).handshake::<_, Cursor<&'static [u8]>>(stream);
    let Ok(mut connection) = handshake.await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        tokio::spawn(async move {
            let is_whole = request.uri().path() == "/";
            let Ok(mut body) = respond.send_response(http::Response::new(()), false) else { return };
            if body.send_data(Cursor::new(b"begun"), is_whole).is_ok() && !is_whole {
                // Nothing more is said until the other side ends.
                let _ = poll_fn(|context| body.poll_reset(context)).await;
            }
        });
    }
}

async fn greet(stream: TcpStream) {
    let small = WebSocketConfig::default().read_buffer_size(4096);
    let Ok(mut socket) = tokio_tungstenite::accept_async_with_config(stream, Some(small)).await else { return };
    if socket.send(Message::text("welcome")).await.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
        hold(socket).await;
    }
}
