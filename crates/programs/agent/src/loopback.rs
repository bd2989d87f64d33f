//! The proof service: on 127.0.0.1, for the pages of one site only, it signs that this session's browser runs on this device.
//!
//! Any page of any site can send requests here, and any name can be made to resolve to 127.0.0.1. So: the `Host` must be
//! this address, the `Origin` exactly the portal's, and the body of a type that makes the browser ask first.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rcgen::KeyPair;
use sekisho_device_protocol::proof::{MAX_PROOF_BYTES, PROOF_PATH, ProofRequest};
use sekisho_model::DeviceId;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::home::Enrolment;
use crate::signing::{is_request, signed};

/// How many connections are served at once. One more replaces the oldest.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may last.
const CONNECTION_LIMIT: Duration = Duration::from_secs(10);
/// How many proofs are made at once, and how long until there is another.
const BURST: u32 = 10;
const INTERVAL: Duration = Duration::from_secs(1);

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// The proof service.
pub(crate) struct Loopback(Arc<Signer>);

struct Signer {
    device: DeviceId,
    portal_origin: String,
    hosts: [String; 2],
    key: KeyPair,
    /// When the allowance of proofs will be whole again.
    whole_at: Mutex<Instant>,
}

impl Loopback {
    pub(crate) fn new(enrolment: &Enrolment, key: KeyPair, port: u16) -> Self {
        Self(Arc::new(Signer {
            device: enrolment.device.clone(),
            portal_origin: enrolment.portal_origin.clone(),
            hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
            key,
            whole_at: Mutex::new(Instant::now()),
        }))
    }

    /// Never ends by itself.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let mut open: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, perhaps: give others time to close theirs.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            open.retain(|connection| !connection.is_finished());
            // The oldest connection makes room: idle ones do not keep the portal's page waiting.
            if open.len() >= MAX_CONNECTIONS
                && let Some(oldest) = open.pop_front()
            {
                oldest.abort();
            }
            let signer = Arc::clone(&self.0);
            let connection = tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let signer = Arc::clone(&signer);
                    async move { Ok::<_, Infallible>(signer.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(CONNECTION_LIMIT)
                    .max_buf_size(16 * 1024)
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), service);
                if let Ok(Err(error)) = tokio::time::timeout(CONNECTION_LIMIT, connection).await {
                    tracing::debug!(%error, "a connection to the proof service broke off");
                }
            });
            open.push_back(connection.abort_handle());
        }
    }
}

/// An answer without a proof.
type Refused = (StatusCode, &'static str);

impl Signer {
    async fn answer<B: Body<Error: std::error::Error + Send + Sync + 'static>>(
        &self,
        request: Request<B>,
    ) -> Response<Full<Bytes>> {
        // INVARIANT I-16: only a page of the enrolled portal, asking this very address, gets as far as the key.
        if let Err(refused) = self.is_for_us(&request) {
            return refuse(refused);
        }
        let asks = request.headers().contains_key(REQUEST_PRIVATE_NETWORK);
        let mut response = match *request.method() {
            Method::OPTIONS => preflight(request.headers(), asks),
            Method::POST => self.proof(request).await.unwrap_or_else(refuse),
            _ => refuse((StatusCode::METHOD_NOT_ALLOWED, "send POST")),
        };
        if let Ok(origin) = HeaderValue::from_str(&self.portal_origin) {
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        response
    }

    fn is_for_us<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let host = only(request.headers(), &HOST);
        if !host.is_some_and(|host| self.hosts.iter().any(|ours| ours.as_bytes() == host.as_bytes()))
            || request.uri().authority().is_some()
        {
            return Err((StatusCode::MISDIRECTED_REQUEST, "this is another host"));
        }
        let origin = only(request.headers(), &ORIGIN);
        if origin.is_none_or(|origin| origin.as_bytes() != self.portal_origin.as_bytes()) {
            return Err((StatusCode::FORBIDDEN, "only the portal's pages may ask"));
        }
        if request.uri().path() != PROOF_PATH || request.uri().query().is_some() {
            return Err((StatusCode::NOT_FOUND, "there is nothing here"));
        }
        Ok(())
    }

    async fn proof<B: Body<Error: std::error::Error + Send + Sync + 'static>>(
        &self,
        request: Request<B>,
    ) -> Result<Response<Full<Bytes>>, Refused> {
        // A page can send other types to other sites without asking first.
        if only(request.headers(), &CONTENT_TYPE).is_none_or(|value| value.as_bytes() != b"application/json") {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json"));
        }
        if !self.take() {
            return Err((StatusCode::TOO_MANY_REQUESTS, "too many proofs: wait a little"));
        }
        let body = Limited::new(request.into_body(), MAX_PROOF_BYTES).collect().await;
        let body = body.map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"))?.to_bytes();
        let malformed = (StatusCode::BAD_REQUEST, "the request is not a proof request");
        let asked: ProofRequest = serde_json::from_slice(&body).map_err(|_| malformed)?;
        if !is_request(&asked) {
            return Err(malformed);
        }
        let failed = (StatusCode::INTERNAL_SERVER_ERROR, "the key does not sign");
        let answer = signed(&self.key, &self.device, &self.portal_origin, asked).ok_or(failed)?;
        let bytes = serde_json::to_vec(&answer).map_err(|_| failed)?;
        Ok(json(StatusCode::OK, "application/json", bytes))
    }

    /// Takes one proof from the allowance, if there is one.
    fn take(&self) -> bool {
        let now = Instant::now();
        let mut whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*whole_at).max(now) + INTERVAL;
        let allowed = next.saturating_duration_since(now) <= INTERVAL * BURST;
        if allowed {
            *whole_at = next;
        }
        allowed
    }
}

/// The answer to a browser that asks whether it may send the request.
fn preflight(headers: &HeaderMap, private_network: bool) -> Response<Full<Bytes>> {
    if only(headers, &ACCESS_CONTROL_REQUEST_METHOD).is_none_or(|method| method.as_bytes() != b"POST") {
        return refuse((StatusCode::METHOD_NOT_ALLOWED, "send POST"));
    }
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("0"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if private_network {
        headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    response
}

/// A header that is there exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    first.filter(|_| values.next().is_none())
}

fn refuse((status, title): Refused) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "type": "about:blank", "title": title, "status": status.as_u16() });
    json(status, "application/problem+json", body.to_string().into_bytes())
}

fn json(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
    response
}
