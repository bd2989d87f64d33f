//! A relay for programs that find hosts by name only: whatever host they want to connect to, they reach the platform.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::Trouble;

/// A running relay (an HTTP proxy that knows only CONNECT). It ends with its runtime.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
}

impl Relay {
    /// One that leads to the platform on that port.
    pub async fn start(platform: u16) -> Result<Self, Trouble> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Trouble::during("a relay"))?;
        let address = listener.local_addr().map_err(Trouble::during("a relay"))?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(relay(stream, platform));
            }
        });
        Ok(Self { address })
    }

    /// Its address, as programs take that of a proxy.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn relay(mut client: TcpStream, platform: u16) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, platform)).await else { return };
    // What waits here for more to send would make both ends wait for each other.
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    if client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok() {
        // Either side may end it.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
