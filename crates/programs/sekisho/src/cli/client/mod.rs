//! Asks the running platform over its administration socket, a Unix socket that only its own user may open.

use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use super::Failure;

/// The platform's administration API, seen from the command line.
#[derive(Debug, Clone)]
pub struct AdminClient {
    socket: PathBuf,
}

impl AdminClient {
    pub(crate) const fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Asks and waits for the answer.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        runtime()?.block_on(self.send("GET", path, None))
    }

    /// Sends a body and waits for the answer.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        runtime()?.block_on(self.send("POST", path, Some(body)))
    }

    /// One request, one answer, one connection. The body and the answer are JSON.
    ///
    /// # Errors
    /// When the platform cannot be reached (status 69) or refuses (status 65 or 1).
    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| {
            let what_helps = match error.kind() {
                std::io::ErrorKind::PermissionDenied => {
                    "Run this as the user that the platform runs as: only that user may administer it."
                }
                _ => "Start it with `sekisho up`, or name its data folder with `--data DIR`.",
            };
            Failure::unavailable(format_args!(
                "cannot reach the platform at {}: {error}\n{what_helps}",
                self.socket.display()
            ))
        })?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Failure::failed)?;
        let driver = tokio::spawn(connection);
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "sekisho")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(bytes)))
            .map_err(Failure::usage)?;
        let response = sender.send_request(request).await.map_err(Failure::failed)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(Failure::failed)?.to_bytes();
        drop(sender);
        driver.abort();
        // A request that the platform cannot read at all is answered in plain text.
        let plain = || Value::String(String::from_utf8_lossy(&body).into_owned());
        let value: Value = serde_json::from_slice(&body).unwrap_or_else(|_| plain());
        if status.is_success() { Ok(value) } else { Err(refused(status, &value)) }
    }
}

/// A single-threaded runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)
}

/// A problem document as a person reads it.
fn refused(status: http::StatusCode, problem: &Value) -> Failure {
    let title = problem.get("title").or(Some(problem)).and_then(Value::as_str).unwrap_or("the platform refused");
    let mut message = title.to_owned();
    if let Some(detail) = problem.get("detail").and_then(Value::as_str) {
        message = format!("{message}: {detail}");
    }
    for line in problem.get("problems").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        message = format!("{message}\n  {line}");
    }
    if status.is_client_error() { Failure::data(message) } else { Failure::failed(message) }
}
