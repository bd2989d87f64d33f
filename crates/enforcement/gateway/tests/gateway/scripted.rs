//! An origin that answers with bytes as they are: no library between the answer and the gateway.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The origin. It keeps each connection open until the gateway ends it, unless a script says otherwise.
#[derive(Clone)]
pub(crate) struct ScriptedOrigin {
    pub(crate) address: SocketAddr,
    scripts: Arc<Mutex<Vec<(String, Script)>>>,
    /// The paths that were asked for, with the number of the connection that they came on.
    asked: Arc<Mutex<Vec<(usize, String)>>>,
}

/// What is answered to a path.
#[derive(Clone)]
pub(crate) struct Script {
    bytes: Vec<u8>,
    /// The connection ends behind them.
    ends: bool,
}

impl ScriptedOrigin {
    pub(crate) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Two at the same port of two addresses of this machine.
    pub(crate) async fn pair() -> (Self, Self) {
        loop {
            let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = first.local_addr().unwrap().port();
            // Another may have that port of the other address.
            if let Ok(second) = TcpListener::bind(("127.0.0.2", port)).await {
                return (Self::on(first), Self::on(second));
            }
        }
    }

    fn on(listener: TcpListener) -> Self {
        let origin = Self { address: listener.local_addr().unwrap(), scripts: Arc::default(), asked: Arc::default() };
        let serving = origin.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let serving = serving.clone();
                tokio::spawn(async move { serving.connection(number, stream).await });
            }
        });
        origin
    }

    /// Answers that path with those bytes from now on.
    pub(crate) fn answer(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.put(path, Script { bytes: bytes.as_ref().to_vec(), ends: false });
    }

    /// The same, and ends the connection.
    pub(crate) fn answer_and_end(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.put(path, Script { bytes: bytes.as_ref().to_vec(), ends: true });
    }

    fn put(&self, path: &str, script: Script) {
        self.scripts.lock().unwrap().push((path.to_owned(), script));
    }

    /// The numbers of the connections on which a path was asked for.
    pub(crate) fn connections(&self, path: &str) -> Vec<usize> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(_, other)| other == path).map(|(number, _)| *number).collect()
    }

    async fn connection(&self, number: usize, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut path, mut length) = (None, 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                if line == "\r\n" {
                    break;
                }
                path = path.or_else(|| line.split(' ').nth(1).map(str::to_owned));
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().ok()?;
                }
            }
            let path = path?;
            self.asked.lock().unwrap().push((number, path.clone()));
            let script =
                self.scripts.lock().unwrap().iter().rev().find(|(at, _)| *at == path).map(|found| found.1.clone());
            stream.read_exact(&mut vec![0; length]).await.ok()?;
            let sound = || Script { bytes: b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec(), ends: false };
            let script = script.unwrap_or_else(sound);
            stream.write_all(&script.bytes).await.ok()?;
            if script.ends {
                return None;
            }
        }
    }
}
