//! The two applications behind the demo's gateway: plain HTTP/1.1 servers on loopback that know nothing of sign-in.
//!
//! Both push live updates, by a WebSocket and the wiki by server-sent events too, so that a cut can be seen.

mod live;
mod names;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

pub(crate) use names::names;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Which application a server plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Application {
    /// The internal wiki: a page with server-sent events, and a WebSocket.
    Wiki,
    /// The payroll: a page with a WebSocket.
    Payroll,
}

/// Starts an application on a free port of loopback and says where it listens. It runs as long as the runtime does.
pub(crate) async fn start(application: Application) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of file descriptors: let other connections end before trying again.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let service = service_fn(move |request| async move { Ok::<_, Infallible>(answer(application, request)) });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "the demo application's connection ended early");
                }
            });
        }
    });
    Ok(address)
}

fn answer(application: Application, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    match (application, request.method(), path.as_str()) {
        (Application::Wiki, &Method::GET, "/") => page(include_str!("wiki.html"), &request),
        (Application::Payroll, &Method::GET, "/") => page(include_str!("payroll.html"), &request),
        (Application::Wiki, &Method::GET, "/events") => live::events(),
        (_, &Method::GET, "/live") => live::web_socket(request),
        (_, _, "/whoami") => text(StatusCode::OK, &whoami(&request)),
        (_, &Method::GET, _) => text(StatusCode::NOT_FOUND, "no such page\n"),
        _ => text(StatusCode::OK, "saved\n"),
    }
}

/// The page with the name of the person whom the gateway vouches for.
fn page(template: &str, request: &Request<Incoming>) -> Response<Body> {
    let name: String =
        whoami(request).chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '-' | '_')).collect();
    let mut response = Response::new(full(template.replace("{{subject}}", &name)));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// The subject of the assertion that the gateway sent. A real application verifies its signature; this one only shows it.
fn whoami(request: &Request<Incoming>) -> String {
    let claims = request
        .headers()
        .get("sekisho-assertion")
        .and_then(|value| value.to_str().ok())
        .and_then(|token| token.split('.').nth(1))
        .and_then(|part| base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part).ok())
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    claims.as_ref().and_then(|claims| claims.get("sub")?.as_str()).unwrap_or("nobody").to_owned()
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(text.to_owned()));
    *response.status_mut() = status;
    response
}

fn full(text: String) -> Body {
    Full::new(Bytes::from(text)).boxed_unsync()
}
