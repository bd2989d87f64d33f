//! The devices host: enrolment, renewal and reports over HTTP. Who asks is what the TLS handshake verified.

use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::routing::{get, post};
use http_body_util::{BodyExt, Limited};
use sekisho_capability::Clock;
use sekisho_device_protocol::browser_code::{ANSWER_PATH, CodeAnswer, LOOK_PATH, Look};
use sekisho_device_protocol::enrolment::{ENROL_PATH, EnrolRequest, RENEW_PATH, RenewRequest};
use sekisho_device_protocol::report::{MAX_REPORT_BYTES, MAX_REPORT_DEPTH, REPORT_PATH, Report, is_deeper_than};
use sekisho_model::{Peer, PresentedDevice};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::devices::Devices;
use crate::problem;
use crate::refusal::Refusal;

/// The most bytes an enrolment or a renewal may have.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// The router of the devices host. Every request must carry the extension [`Peer`].
pub fn api(devices: Devices, clock: Clock) -> Router {
    Router::new()
        .route(ENROL_PATH, post(enrol))
        .route(RENEW_PATH, post(renew))
        .route(REPORT_PATH, get(ticket).post(report))
        .route(LOOK_PATH, post(look_at_code))
        .route(ANSWER_PATH, post(answer_code))
        .fallback(|| async { plain(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { plain(StatusCode::METHOD_NOT_ALLOWED) })
        .with_state((devices, clock))
}

async fn enrol(State((devices, clock)): State<(Devices, Clock)>, request: Request<Body>) -> Response<Body> {
    answer(request, async |peer, request| {
        let key = guesser(peer.address.ip());
        if !devices.guesses().take(&key, clock.now()) {
            return Err(Refusal::TooMany);
        }
        let request: EnrolRequest = read(request, MAX_REQUEST_BYTES).await?;
        let issued = devices.enrol(&request, clock.now()).await?;
        devices.guesses().give_back(&key);
        Ok(issued)
    })
    .await
}

async fn renew(State((devices, clock)): State<(Devices, Clock)>, request: Request<Body>) -> Response<Body> {
    answer(request, async |peer, request| {
        let device = admitted(&devices, peer, &clock)?;
        let request: RenewRequest = read(request, MAX_REQUEST_BYTES).await?;
        devices.renew(device, &request, clock.now()).await
    })
    .await
}

async fn ticket(State((devices, clock)): State<(Devices, Clock)>, request: Request<Body>) -> Response<Body> {
    answer(request, async |peer, _| devices.ticket(admitted(&devices, peer, &clock)?, clock.now()).await).await
}

async fn report(State((devices, clock)): State<(Devices, Clock)>, request: Request<Body>) -> Response<Body> {
    answer(request, async |peer, request| {
        let device = admitted(&devices, peer, &clock)?;
        let report: Report = read(request, MAX_REPORT_BYTES).await?;
        devices.report(device, report, clock.now()).await
    })
    .await
}

async fn look_at_code(State((devices, clock)): State<(Devices, Clock)>, request: Request<Body>) -> Response<Body> {
    answer(request, async |peer, request| {
        let device = admitted(&devices, peer, &clock)?;
        let look: Look = read(request, MAX_REQUEST_BYTES).await?;
        let address = peer.address.ip().to_canonical().to_string();
        devices.look_at_code(device, &look, &address, clock.now()).await
    })
    .await
}

async fn answer_code(State((devices, clock)): State<(Devices, Clock)>, request: Request<Body>) -> Response<Body> {
    answer(request, async |peer, request| {
        let device = admitted(&devices, peer, &clock)?;
        let given: CodeAnswer = read(request, MAX_REQUEST_BYTES).await?;
        devices.answer_code(device, &given, clock.now()).await
    })
    .await
}

/// Runs a handler for the peer that the gateway told of, and writes its answer or its refusal.
async fn answer<T: Serialize>(
    mut request: Request<Body>,
    handler: impl AsyncFnOnce(&Peer, Request<Body>) -> Result<T, Refusal>,
) -> Response<Body> {
    let headers: HeaderMap = request.headers().clone();
    let Some(peer) = request.extensions_mut().remove::<Peer>() else {
        tracing::error!("a request to the devices host came without its peer");
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match handler(&peer, request).await {
        Ok(value) => problem::json_answer(StatusCode::OK, "application/json", &value),
        Err(refusal) => problem::answer(&refusal, Some(&peer.request), &headers),
    }
}

/// The device behind the certificate, as long as it does not ask too often.
fn admitted<'p>(devices: &Devices, peer: &'p Peer, clock: &Clock) -> Result<&'p PresentedDevice, Refusal> {
    let device = peer.device.as_ref().ok_or(Refusal::NoCertificate)?;
    devices.admit(device, clock.now())?;
    Ok(device)
}

/// A JSON body of at most so many bytes and of little depth.
async fn read<T: DeserializeOwned>(request: Request<Body>, limit: usize) -> Result<T, Refusal> {
    let json = request.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes() == b"application/json");
    if !json {
        return Err(Refusal::Malformed("send `Content-Type: application/json`"));
    }
    let body = Limited::new(request.into_body(), limit).collect().await;
    let bytes = match body {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return Err(Refusal::TooLarge),
        Err(_) => return Err(Refusal::Malformed("the body ended early")),
    };
    if is_deeper_than(&bytes, MAX_REPORT_DEPTH) {
        return Err(Refusal::TooLarge);
    }
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Malformed("the body is not the JSON of this request"))
}

/// Who guesses: an IPv4 address, or the IPv6 network that one subscriber has.
fn guesser(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

fn plain(status: StatusCode) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("refused");
    let body = serde_json::json!({ "type": "about:blank", "title": title, "status": status.as_u16() });
    problem::json_answer(status, "application/problem+json", &body)
}
