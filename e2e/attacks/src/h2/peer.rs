//! A connection on which frames are sent as they are, and everything that comes back is kept.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

use super::{Frame, frame};
use crate::{Client, ClientError};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The other end of a connection.
pub struct Peer {
    client: Client,
    unread: Vec<u8>,
    /// What came so far.
    pub seen: Ending,
}

/// What came back on a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    /// The codes of GOAWAY frames.
    pub going_away: Vec<u32>,
    /// The codes of RST_STREAM frames, by stream.
    pub resets: BTreeMap<u32, u32>,
    /// The statuses of answers, by stream.
    pub statuses: BTreeMap<u32, u16>,
    /// The bytes of bodies, by stream.
    pub bodies: BTreeMap<u32, usize>,
    /// The streams whose answer came to its end.
    pub finished: Vec<u32>,
    /// The payloads of PING answers.
    pub pongs: Vec<Vec<u8>>,
    /// How many of our SETTINGS were acknowledged.
    pub acknowledged: usize,
    /// Whether the connection ended.
    pub closed: bool,
}

impl Peer {
    /// Connects and shakes hands, and sends nothing yet. The TLS settings must offer `h2`.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn connect(address: SocketAddr, tls: Arc<ClientConfig>, host: &str) -> Result<Self, ClientError> {
        let client = Client::connect(address, tls, host).await?;
        Ok(Self { client, unread: Vec::new(), seen: Ending::default() })
    }

    /// The same, with the preface and SETTINGS that ask for no dynamic table, so that answers can be read.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn begin(address: SocketAddr, tls: Arc<ClientConfig>, host: &str) -> Result<Self, ClientError> {
        let mut peer = Self::connect(address, tls, host).await?;
        let settings = frame(4, 0, 0, [0, 1, 0, 0, 0, 0]);
        peer.send(&[PREFACE, &settings, &frame(4, 1, 0, [])].concat()).await;
        Ok(peer)
    }

    /// Sends bytes. That the connection may have ended is seen where its end is read.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.client.send(bytes).await;
    }

    /// Reads until what was seen is enough, the connection ends, or nothing comes for too long; whether it was enough.
    pub async fn until(&mut self, enough: impl Fn(&Ending) -> bool) -> bool {
        self.until_within(PATIENCE, enough).await
    }

    /// The same with another patience.
    pub async fn until_within(&mut self, patience: Duration, enough: impl Fn(&Ending) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while !enough(&self.seen) {
            if self.seen.closed {
                return false;
            }
            match timeout_at(deadline, self.client.bytes()).await {
                Ok(Ok(Some(bytes))) => {
                    self.unread.extend(bytes);
                    while let Some((frame, length)) = Frame::read(&self.unread) {
                        self.unread.drain(..length);
                        self.seen.add(&frame);
                    }
                }
                Ok(Ok(None)) => self.seen.closed = true,
                // Nothing came for as long as the client waits: there may be more to wait.
                Ok(Err(_)) => {}
                Err(_) => return false,
            }
        }
        true
    }
}

impl Ending {
    fn add(&mut self, frame: &Frame) {
        match frame.kind {
            0 => *self.bodies.entry(frame.stream).or_default() += frame.payload.len(),
            1 => {
                if let Some(status) = frame.status() {
                    self.statuses.entry(frame.stream).or_insert(status);
                }
            }
            3 => drop(self.resets.insert(frame.stream, frame.code())),
            4 if frame.flags & 1 == 1 => self.acknowledged += 1,
            6 if frame.flags & 1 == 1 => self.pongs.push(frame.payload.clone()),
            7 => self.going_away.push(frame.code()),
            _ => {}
        }
        if frame.kind < 2 && frame.flags & 1 == 1 {
            self.finished.push(frame.stream);
        }
    }
}
