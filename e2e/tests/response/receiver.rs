//! A receiver of messages on a free port of loopback, and the verifier of others: the package `standardwebhooks` of PyPI.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekisho_e2e::peer::packages;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::Notify;

const PATIENCE: Duration = Duration::from_secs(90);
/// Verifies one message: the secret is the first argument, the body the second, then names and values of headers.
const VERIFY: &str = "
import sys
from standardwebhooks.webhooks import Webhook
secret, body, headers = sys.argv[1], sys.argv[2], sys.argv[3:]
Webhook(secret).verify(body, dict(zip(headers[::2], headers[1::2])))
";

/// A message as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A running receiver, which answers every message with 204.
pub(crate) struct Receiver {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    arrived: Arc<Notify>,
}

impl Receiver {
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (received, arrived) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let (all, told) = (Arc::clone(&received), Arc::clone(&arrived));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // One that a kill cut off is no message.
                let Some(message) = read(&mut stream).await else { continue };
                all.lock().unwrap().push(message);
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
                told.notify_one();
            }
        });
        Ok(Self { port, received, arrived })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The messages, once there are as many.
    pub(crate) async fn until(&self, count: usize) -> Vec<Received> {
        let enough = async {
            loop {
                if self.all().len() >= count {
                    return self.all();
                }
                self.arrived.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(part.get(..count)?);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<String, String> =
            fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let length: usize = headers.get("content-length")?.parse().ok()?;
        if body.len() >= length {
            return Some(Received { headers, body: body.to_owned() });
        }
    }
}

/// Whether the verifier of others accepts a message.
pub(crate) async fn verifies(secret: &str, message: &Received) -> bool {
    let mut command = Command::new(packages().join("python"));
    command.args(["-c", VERIFY, secret, &message.body]);
    for (name, value) in &message.headers {
        command.args([name, value]);
    }
    let output = command.stdin(Stdio::null()).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || said.contains("WebhookVerificationError"), "{said}");
    output.status.success()
}
