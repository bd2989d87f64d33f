//! The demo applications' live updates: one event a second until the other side goes away.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Body, text};

const EVERY: Duration = Duration::from_secs(1);

/// Server-sent events: the first at once, then one a second.
pub(super) fn events() -> Response<Body> {
    let events = stream::unfold(0_u64, |count| async move {
        if count > 0 {
            tokio::time::sleep(EVERY).await;
        }
        let event = format!("id: {count}\ndata: {count}\n\n");
        Some((Ok::<_, Infallible>(Frame::data(Bytes::from(event))), count + 1))
    });
    let mut response = Response::new(StreamBody::new(events).boxed_unsync());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A WebSocket: a message at once, then one a second, until it is closed.
pub(super) fn web_socket(mut request: Request<Incoming>) -> Response<Body> {
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY).cloned() else {
        return text(StatusCode::UPGRADE_REQUIRED, "this address speaks WebSocket\n");
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(stream) => talk(WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await).await,
            Err(error) => tracing::debug!(%error, "the demo application's WebSocket did not open"),
        }
    });
    let mut response = text(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

async fn talk(mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) {
    let mut every = tokio::time::interval(EVERY);
    let mut count = 0_u64;
    loop {
        tokio::select! {
            _ = every.tick() => {
                count += 1;
                if socket.send(Message::text(format!("{{\"count\":{count}}}"))).await.is_err() {
                    return;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(said))) => {
                    if socket.send(Message::Text(said)).await.is_err() {
                        return;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            }
        }
    }
}
