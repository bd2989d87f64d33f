//! What the device page's script does: asks the agent on 127.0.0.1 to sign the portal's challenge.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::browser::Trouble;

/// Asks the agent as a page of the portal would.
pub(super) async fn ask(agent: SocketAddr, portal: &str, challenge: &Value) -> Result<Value, Trouble> {
    let trouble = |error: &dyn std::fmt::Display| format!("the agent at {agent}: {error}");
    let stream = TcpStream::connect(agent).await.map_err(|error| trouble(&error))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| trouble(&error))?;
    let driver = tokio::spawn(connection);
    let request = Request::post("/v1/proof")
        .header(header::HOST, agent.to_string())
        .header(header::ORIGIN, portal)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(challenge.to_string())))
        .map_err(|error| trouble(&error))?;
    let response = sender.send_request(request).await.map_err(|error| trouble(&error))?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|error| trouble(&error))?.to_bytes();
    driver.abort();
    if !status.is_success() {
        return Err(trouble(&format_args!("{status} {}", String::from_utf8_lossy(&body))));
    }
    serde_json::from_slice(&body).map_err(|error| trouble(&error))
}
