//! The terminals' host: its address, how it is recognised, and which key this machine shows it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use h2::client::Builder;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use sekisho_agent::{ServerAddress, ServerTrust};
use serde::{Deserialize, Serialize};
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{Line, TerminalError};

/// The receive window of one tunnel in bytes: enough for a fast line over a long distance.
const STREAM_WINDOW: u32 = 4 * 1024 * 1024;
/// The receive window of all tunnels of a connection together, in bytes.
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// Longer frames cost less for each byte. With its head, one is as much as four TLS records carry.
pub(crate) const FRAME: u32 = 64 * 1024 - 9;
/// The number of tunnels on one connection, until the gateway has announced its own limit.
const STREAMS: usize = 100;
/// The bytes of one tunnel that may wait to be sent; the sender waits for more room.
const SEND_BUFFER: usize = 512 * 1024;
/// The bytes that one read of the connection asks for; the TLS library would ask for 4 KiB.
const READ_AHEAD: usize = 128 * 1024;

/// How the host is recognised and which key is shown to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// As the agent does whose folder this is, with the device's key.
    Agent(PathBuf),
    /// By an authority in PEM, without a device.
    Authority(String),
    /// By the SHA-256 of an authority's certificate, without a device.
    Pin(String),
}

impl Trust {
    /// A TLS client that recognises hosts this way, and shows the device's key where there is one.
    ///
    /// # Errors
    /// When the agent's folder holds no usable enrolment, or the authority is not a certificate.
    pub fn client_config(&self) -> Result<ClientConfig, TerminalError> {
        Ok(match self {
            Self::Agent(folder) => sekisho_agent::client_config(folder)?,
            Self::Authority(pem) => sekisho_agent::anonymous_config(&ServerTrust::Pem(pem.clone()))?,
            Self::Pin(pin) => sekisho_agent::anonymous_config(&ServerTrust::Pin(pin.clone()))?,
        })
    }
}

/// The terminals' host.
#[derive(Debug, Clone)]
pub struct Server {
    address: ServerAddress,
    tls: Arc<ClientConfig>,
}

impl Server {
    /// The host at an address.
    ///
    /// # Errors
    /// When the agent's folder holds no usable enrolment, or the authority is not a certificate.
    pub fn new(address: ServerAddress, trust: &Trust) -> Result<Self, TerminalError> {
        let mut tls = trust.client_config()?;
        tls.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { address, tls: Arc::new(tls) })
    }

    /// The address of the terminals' host of the platform that an agent reports to.
    ///
    /// # Errors
    /// When the folder holds no enrolment.
    pub fn of_agent(folder: &Path) -> Result<ServerAddress, TerminalError> {
        let mut address = sekisho_agent::enrolment(folder)?.server;
        let domain = address.host.as_str().strip_prefix("devices.");
        let host = domain.and_then(|domain| format!("terminal.{domain}").parse().ok());
        address.host = host.ok_or_else(|| {
            TerminalError::Unexpected(format!(
                "{} is no devices host: name the terminals' host with `--server`",
                address.host
            ))
        })?;
        Ok(address)
    }

    /// Connects.
    ///
    /// # Errors
    /// When the host cannot be reached, is not the one that is trusted, or does not take this device's key.
    pub async fn connect(&self) -> Result<Line, TerminalError> {
        let unreachable = |why: String| self.unreachable(&why);
        let name = ServerName::try_from(self.address.host.to_string()).map_err(|e| unreachable(e.to_string()))?;
        let mut last = "its name has no address".to_owned();
        for address in self.address.addresses().await.map_err(|e| unreachable(e.to_string()))? {
            let stream = match TcpStream::connect(address).await {
                Ok(stream) => stream,
                Err(error) => {
                    last = error.to_string();
                    continue;
                }
            };
            // What a person types in a shell is small and waits for nothing.
            let _ = stream.set_nodelay(true);
            let stream = BufReader::with_capacity(READ_AHEAD, stream);
            let tls = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
            let tls = tls.map_err(|e| unreachable(e.to_string()))?;
            let handshake = Builder::new()
                .initial_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_frame_size(FRAME)
                .max_send_buffer_size(SEND_BUFFER)
                .initial_max_send_streams(STREAMS)
                .enable_push(false)
                .handshake::<_, Bytes>(tls);
            let (send, connection) = handshake.await.map_err(|e| unreachable(e.to_string()))?;
            // It ends with the line; what broke it, the exchanges on it tell.
            tokio::spawn(async move { drop(connection.await) });
            return Ok(Line::new(send, self.address.authority()));
        }
        Err(unreachable(last))
    }

    pub(crate) fn unreachable(&self, why: &str) -> TerminalError {
        // What rustls says of a certificate does not say whose authority is meant.
        let meant = if why.contains("invalid peer certificate") {
            ": its certificate is not from the authority that is trusted here; is that this platform's `authority.pem`?"
        } else {
            ""
        };
        TerminalError::Unreachable { server: self.address.authority(), why: format!("{why}{meant}") }
    }
}
