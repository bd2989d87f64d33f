//! Asks a platform through its REST API: over its own Unix socket, or over TLS from another machine.

mod credential;
mod discovery;
mod exchange;
mod follow;
mod pages;
mod problem;
mod remote;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::runtime::Runtime;

use crate::output::{Form, Printing, zone_of};
use crate::{Failure, Output};
pub(crate) use credential::{Credential, TOKEN};
pub use discovery::terminals_of;
use exchange::{Asked, Exchange};
pub(crate) use remote::{Remote, system_trust};

/// What every path of the API begins with.
const PREFIX: &str = "/api/v1";
/// How long a platform may be silent. Beyond it, the command ends.
const SILENCE: Duration = Duration::from_secs(30);
/// The time limit for requests that the platform works on before it answers, and for the local socket.
const LONG_WORK: Duration = Duration::from_secs(600);
/// What the platform works on for long: a folder of documents, and a new process that becomes ready.
const LONG: [&str; 2] = ["/apply", "/operations/"];

/// The platform's API, seen from the command line. Paths are given without the API's prefix: `/users/alice/disable`.
#[derive(Debug, Clone)]
pub struct AdminClient {
    way: Way,
    silence: Duration,
}

#[derive(Debug, Clone)]
enum Way {
    /// The socket of a platform on this machine.
    Socket(PathBuf),
    /// The host of a platform elsewhere.
    Remote(Box<Remote>),
}

impl AdminClient {
    /// Of a platform on this machine, by the socket in its data folder.
    #[must_use]
    pub const fn local(socket: PathBuf) -> Self {
        Self { way: Way::Socket(socket), silence: LONG_WORK }
    }

    pub(crate) fn remote(remote: Remote) -> Self {
        Self { way: Way::Remote(Box::new(remote)), silence: SILENCE }
    }

    /// One request, one answer, one connection. The body and the answer are JSON.
    ///
    /// # Errors
    /// When the platform cannot be reached (status 69) or refuses (status 77, 65 or 1).
    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let method = Method::from_bytes(method.as_bytes()).map_err(Failure::usage)?;
        Open::new(self.clone()).ask(&method, path, body).await
    }

    /// Every item of a list, page by page.
    ///
    /// # Errors
    /// As [`AdminClient::send`].
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        pages::list(&mut Open::new(self.clone()), path, usize::MAX).await
    }

    /// Begins a conversation: what one command asks, over one connection.
    pub(crate) fn converse(self, printing: Printing) -> Result<Conversation, Failure> {
        Ok(Conversation { open: Open::new(self), runtime: runtime()?, printing })
    }

    /// Connects, and speaks HTTP.
    async fn connect(&self) -> Result<Exchange, Failure> {
        match &self.way {
            Way::Socket(socket) => {
                let stream = UnixStream::connect(socket).await.map_err(|error| unreachable(socket, &error))?;
                Exchange::begin(TokioIo::new(stream), "the platform", "sekisho", None).await
            }
            Way::Remote(remote) => {
                let connect = tokio::time::timeout(self.silence, remote.connect()).await;
                let stream = connect.map_err(|_| {
                    let seconds = self.silence.as_secs();
                    Failure::unavailable(format_args!("{} was not reached within {seconds} s", remote.authority()))
                })??;
                let host = remote.authority();
                Exchange::begin(TokioIo::new(stream), &host, &host, remote.credential().cloned()).await
            }
        }
    }

    fn silence_at(&self, path: &str) -> Duration {
        let long = LONG.iter().any(|long| path.starts_with(long));
        if long { self.silence.max(LONG_WORK) } else { self.silence }
    }
}

/// What one command asks, over one connection.
pub struct Conversation {
    // The connection ends before the runtime that carries it.
    open: Open,
    runtime: Runtime,
    printing: Printing,
}

impl Conversation {
    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// As [`AdminClient::send`].
    pub fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.runtime.block_on(self.open.ask(&Method::GET, path, None))
    }

    /// Sends a body and waits for the answer. Without a value to send, the body is an empty object.
    ///
    /// # Errors
    /// As [`AdminClient::send`].
    pub fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let empty = Value::Object(serde_json::Map::new());
        let body = if body.is_null() { &empty } else { body };
        self.runtime.block_on(self.open.ask(&Method::POST, path, Some(body)))
    }

    /// Has something removed.
    ///
    /// # Errors
    /// As [`AdminClient::send`].
    pub fn delete(&mut self, path: &str) -> Result<Value, Failure> {
        self.runtime.block_on(self.open.ask(&Method::DELETE, path, None))
    }

    /// Every item of a list, page by page.
    ///
    /// # Errors
    /// As [`AdminClient::send`].
    pub fn list(&mut self, path: &str) -> Result<Value, Failure> {
        self.runtime.block_on(pages::list(&mut self.open, path, usize::MAX)).map(Value::Array)
    }

    /// The first `most` items of a list.
    ///
    /// # Errors
    /// As [`AdminClient::send`].
    pub fn list_first(&mut self, path: &str, most: usize) -> Result<Value, Failure> {
        self.runtime.block_on(pages::list(&mut self.open, path, most)).map(Value::Array)
    }

    /// The newest `first` entries of a list that begins with the newest, and then every entry that comes, each time the oldest first, until
    /// the command is interrupted or `each` says that nobody reads any more.
    ///
    /// # Errors
    /// As [`AdminClient::send`], and what `each` fails with.
    pub fn follow(
        &mut self,
        path: &str,
        first: usize,
        each: impl FnMut(&[Value]) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        self.runtime.block_on(follow::until_interrupted(&mut self.open, path, first, each))
    }

    /// How results are printed: times for people in the time zone of the platform's settings, which it is asked for.
    pub fn output(&mut self) -> Output {
        match self.printing.form() {
            Form::Json | Form::Yaml => self.printing.output(),
            // A platform that does not tell it leaves the time zone of this machine.
            Form::Table => self.get("/me").map_or_else(|_| self.printing.output(), |me| self.output_for(&me)),
        }
    }

    /// The same, where the answer of `/me` is known.
    #[must_use]
    pub fn output_for(&self, me: &Value) -> Output {
        zone_of(me).map_or_else(|| self.printing.output(), |zone| Output::new(self.printing.form(), Arc::new(zone)))
    }
}

/// A client with the connection that it has open.
struct Open {
    client: AdminClient,
    exchange: Option<Exchange>,
    /// How many bytes all answers together may still have.
    left: usize,
}

impl Open {
    const fn new(client: AdminClient) -> Self {
        Self { client, exchange: None, left: exchange::MOST }
    }

    /// Asks and waits. A connection that the platform closed after its last answer is opened again.
    async fn ask(&mut self, method: &Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let mut kept = self.exchange.take();
        if let Some(exchange) = &mut kept
            && !exchange.is_open().await
        {
            kept = None;
        }
        let mut exchange = match kept {
            Some(exchange) => exchange,
            None => self.client.connect().await?,
        };
        let (silence, path) = (self.client.silence_at(path), format!("{PREFIX}{path}"));
        let answer = exchange.ask(Asked { method, path: &path, body }, silence, &mut self.left).await?;
        self.exchange = Some(exchange);
        Ok(answer)
    }
}

/// An identifier as one segment of a path.
#[must_use]
pub fn path_segment(id: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@');
    id.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A single-threaded runtime for one command.
///
/// # Errors
/// When the system gives none.
pub fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)
}

fn unreachable(socket: &std::path::Path, error: &std::io::Error) -> Failure {
    let what_helps = match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "Run this as the user that the platform runs as: only that user may administer it over its socket."
        }
        _ => {
            "Start it with `sekisho up`, or name its data folder with `--data DIR`, or a platform elsewhere with `--server URL`."
        }
    };
    Failure::unavailable(format_args!("cannot reach the platform at {}: {error}\n{what_helps}", socket.display()))
}
