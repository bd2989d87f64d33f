//! Sends each event to a syslog server over TLS: RFC 5424 messages in the frames of RFC 5425.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::syslog_line::frame;
use crate::{Event, Events, Position};

/// How long a server has to take a connection or a batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many events are sent at once.
const BATCH: usize = 512;

/// A syslog server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyslogServer {
    /// Its host, which its certificate must name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The authority that issued its certificate, as PEM; the system's authorities otherwise.
    pub authority: Option<PathBuf>,
    /// What this platform is called in messages.
    pub sender: String,
}

/// How sending stands. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Sending {
    pub(crate) server: Option<Arc<SyslogServer>>,
    pub(crate) standing: watch::Sender<Standing>,
}

/// What was sent, and why it goes no further.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) sent: u64,
    pub(crate) missed: u64,
    pub(crate) problem: Option<String>,
}

impl Sending {
    pub(crate) fn new(server: Option<SyslogServer>) -> Self {
        Self { server: server.map(Arc::new), standing: watch::Sender::default() }
    }
}

/// The connection, and the last event that was sent.
pub(crate) struct Sender {
    events: Events,
    connection: Option<TlsStream<TcpStream>>,
    sent: Option<Position>,
    is_started: bool,
}

impl Sender {
    pub(crate) const fn new(events: Events) -> Self {
        Self { events, connection: None, sent: None, is_started: false }
    }

    /// Sends what came since the last turn.
    pub(crate) async fn turn(&mut self) -> Result<(), String> {
        let Some(server) = self.events.sending.server.clone() else { return Ok(()) };
        let outcome = self.send(&server).await;
        if outcome.is_err() {
            self.connection = None;
        }
        let problem = outcome.as_ref().err().cloned();
        self.events.sending.standing.send_modify(|standing| standing.problem = problem);
        outcome
    }

    async fn send(&mut self, server: &SyslogServer) -> Result<(), String> {
        if !self.is_started {
            self.sent = self.last_sent();
            self.is_started = true;
        }
        loop {
            let tail = self.events.tail.borrow().clone();
            if !tail.is_writer {
                return Ok(());
            }
            let batch: Vec<Arc<Event>> = tail.after(self.sent).take(BATCH).cloned().collect();
            let Some(last) = batch.last().map(|event| event.position) else { return Ok(()) };
            let missed = batch.first().map_or(0, |first| self.missed(first.position));
            let bytes: Vec<u8> = batch.iter().flat_map(|event| frame(&server.sender, event)).collect();
            let connection = match &mut self.connection {
                Some(connection) => connection,
                None => self.connection.insert(connect(server).await?),
            };
            let writing = async {
                connection.write_all(&bytes).await?;
                connection.flush().await
            };
            let written = timeout(PATIENCE, writing).await.map_err(|_| "the server takes no more".to_owned())?;
            written.map_err(|error| format!("{}:{}: {error}", server.host, server.port))?;
            self.sent = Some(last);
            self.keep(last)?;
            self.events.sending.standing.send_modify(|standing| {
                standing.sent += batch.len() as u64;
                standing.missed += missed;
            });
        }
    }

    /// How many entries of the ledger lie between what was sent and what is still at hand.
    fn missed(&self, first: Position) -> u64 {
        let next = self.sent.map_or(first.entry, |sent| sent.entry + 1);
        first.entry.saturating_sub(next + 2)
    }

    fn last_sent(&self) -> Option<Position> {
        let text = std::fs::read_to_string(self.events.folder.join("syslog"));
        text.ok().and_then(|text| text.trim().parse().ok())
    }

    fn keep(&self, sent: Position) -> Result<(), String> {
        let path = self.events.folder.join("syslog");
        std::fs::write(&path, sent.to_string()).map_err(|error| format!("{}: {error}", path.display()))
    }
}

async fn connect(server: &SyslogServer) -> Result<TlsStream<TcpStream>, String> {
    let place = format!("{}:{}", server.host, server.port);
    let name = ServerName::try_from(server.host.clone()).map_err(|error| format!("{place}: {error}"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    // INVARIANT I-42: events name people and what they read: they are sent to a server that proves its name, or not at all.
    let config = config.with_root_certificates(roots(server)?).with_no_client_auth();
    let connecting = async {
        let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    };
    let connected = timeout(PATIENCE, connecting).await.map_err(|_| format!("{place}: no connection in time"))?;
    connected.map_err(|error| format!("{place}: {error}"))
}

fn roots(server: &SyslogServer) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match &server.authority {
        Some(path) => {
            let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
                let certificate = certificate.map_err(|error| wrong(&error))?;
                roots.add(certificate).map_err(|error| wrong(&error))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(roots)
}
