//! A small server of tools (MCP over streamable HTTP) that keeps the names of the tools that it was asked for.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Body, full, live, text};

/// The tools that were called, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Called(Arc<Mutex<Vec<String>>>);

impl Called {
    /// What was called so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    }
}

/// Starts one on a free port of loopback. It runs as long as the runtime does.
pub(crate) async fn tools() -> std::io::Result<(SocketAddr, Called)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (address, called) = (listener.local_addr()?, Called::default());
    let kept = called.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let called = kept.clone();
            let service = service_fn(move |request| answer(request, called.clone()));
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok((address, called))
}

async fn answer(request: Request<Incoming>, called: Called) -> Result<Response<Body>, Infallible> {
    if request.method() == Method::GET {
        return Ok(live::events());
    }
    let Ok(body) = request.into_body().collect().await else { return Ok(text(StatusCode::BAD_REQUEST, "no body\n")) };
    let message: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    let part = |path: &str| message.pointer(path).cloned().unwrap_or_default();
    let result = match part("/method").as_str() {
        Some("tools/list") => json!({ "tools": [{ "name": "find_page" }, { "name": "delete_page" }] }),
        Some("tools/call") => {
            called.note(part("/params/name").as_str().unwrap_or_default());
            json!({ "content": [{ "type": "text", "text": "one page" }] })
        }
        _ => json!({}),
    };
    let answer = json!({ "jsonrpc": "2.0", "id": part("/id"), "result": result });
    let mut response = Response::new(full(answer.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}
