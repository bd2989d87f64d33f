//! A small web server on a free port, whose pages a test writes, with a WebSocket at `/socket` that greets and closes when
//! it is told `close`, and the head of the request itself at `/head`.

mod streams;

pub use streams::Streams;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

use crate::Trouble;

/// A running server. It ends with its runtime.
#[derive(Debug)]
pub struct Origin {
    address: SocketAddr,
}

impl Origin {
    /// Serves those pages, `(path, HTML)`.
    pub async fn serve(pages: &[(&str, &str)]) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Trouble::during("an origin's port"))?;
        let address = listener.local_addr().map_err(Trouble::during("an origin's port"))?;
        let pages = pages.iter().map(|(path, page)| ((*path).to_owned(), (*page).to_owned())).collect();
        let pages: Arc<HashMap<String, String>> = Arc::new(pages);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&pages)));
            }
        });
        Ok(Self { address })
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of a page, on a host name that browsers resolve to this machine and trust as secure.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }
}

async fn answer(mut stream: TcpStream, mut pages: Arc<HashMap<String, String>>) {
    let mut start = [0; 1024];
    let Ok(length) = stream.peek(&mut start).await else { return };
    let start = String::from_utf8_lossy(start.get(..length).unwrap_or_default()).into_owned();
    let path = start.split(' ').nth(1).unwrap_or("/").to_owned();
    if path == "/socket" {
        greet(stream).await;
        return;
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    if path.split('?').next() == Some("/head") {
        pages = Arc::new(HashMap::from([(path.clone(), String::from_utf8_lossy(&head).into_owned())]));
    }
    let (status, page) = pages.get(&path).map_or(("404 Not Found", ""), |page| ("200 OK", page.as_str()));
    let kind = "Content-Type: text/html; charset=utf-8\r\nConnection: close";
    let response = format!("HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
    // A browser that has gone away is no fault of the origin.
    let _ = stream.write_all(response.as_bytes()).await;
}

async fn greet(stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    if socket.send(Message::text("welcome")).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.next().await {
        if message.to_text().is_ok_and(|text| text == "close") {
            drop(socket.close(None).await);
            return;
        }
    }
}
