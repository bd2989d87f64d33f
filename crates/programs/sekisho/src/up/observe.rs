//! Metrics, health and readiness, on a listener of their own: nothing of it is reached through the gateway.

use std::fmt;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::Request;
use axum::extract::State;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use sekisho_capability::metrics::gauge;
use sekisho_control_plane::ControlPlane;
use sekisho_gateway::{Health, Metrics, Tuning};
use sekisho_telemetry::Lost;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::readiness;
use crate::capabilities;
use crate::cli::Failure;

/// The most connections at once: a scraper or two and some probes.
const MOST_CONNECTIONS: usize = 16;
/// How long a head may take, and how long a connection may wait for its next request.
const HEAD: Duration = Duration::from_secs(10);
/// The longest that a connection may last, whatever it does.
const LONGEST: Duration = Duration::from_secs(300);
/// How long to wait after the system gave no connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is observed.
#[derive(Clone)]
pub(super) struct Observed {
    pub(super) metrics: Arc<Metrics>,
    pub(super) control_plane: ControlPlane,
    /// How old the World's last confirmation may be, as it is set now.
    pub(super) tuning: Arc<Tuning>,
    /// What capabilities are given: their metrics and their readiness come from it.
    pub(super) state: capabilities::State,
    /// What health checks found.
    pub(super) health: Arc<Health>,
    /// The free MiB on the disk of the data folder below which readiness warns, as it is set now.
    pub(super) disk_warning: Arc<AtomicU64>,
    /// The names under which this listener is asked, besides `localhost` and addresses.
    pub(super) hosts: Arc<[String]>,
    /// What access log and traces lost: name, what it is, count.
    pub(super) lost: Vec<(&'static str, &'static str, Lost)>,
}

/// The listener, served.
pub(super) struct Observing {
    /// The address as it was configured.
    pub(super) wanted: SocketAddr,
    /// A duplicate of the socket, for a successor.
    pub(super) socket: TcpListener,
    serving: JoinHandle<()>,
}

impl Observing {
    /// Stops to serve: a successor does.
    pub(super) fn stop(&self) {
        self.serving.abort();
    }
}

/// The socket that was inherited for that address, or a new one.
pub(super) fn listen(wanted: SocketAddr, inherited: Option<(SocketAddr, TcpListener)>) -> Result<TcpListener, Failure> {
    let socket = match inherited {
        Some((address, socket)) if address == wanted => Ok(socket),
        _ => TcpListener::bind(wanted),
    };
    socket
        .map_err(|error| Failure::unavailable(format_args!("`operation_listen`: {wanted}: {error}: name another one")))
}

/// Serves it until the runtime ends.
pub(super) fn serve(wanted: SocketAddr, listener: TcpListener, observed: Observed) -> Result<Observing, Failure> {
    let socket = listener.try_clone().map_err(Failure::failed)?;
    listener.set_nonblocking(true).map_err(Failure::failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Failure::failed)?;
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .layer(from_fn_with_state(Arc::clone(&observed.hosts), own_host))
        .with_state(observed);
    let serving = tokio::spawn(accept(listener, router));
    Ok(Observing { wanted, socket, serving })
}

/// Serves connections, a bounded number at once: further ones wait in the system's queue.
async fn accept(listener: tokio::net::TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Ok(place) = places.clone().acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics was not accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        tokio::spawn(async move {
            // Whoever breaks off, or takes no answer, wants none.
            let _ = timeout(LONGEST, connection).await;
            drop(place);
        });
    }
}

/// Refuses a request for another host: a page that a browser loaded under a name that leads here reads nothing.
async fn own_host(State(hosts): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| is_own(host, &hosts)) {
        return next.run(request).await;
    }
    let text = "this is another host: ask under an address, `localhost`, or a name that `operation_hosts` lists\n";
    (StatusCode::MISDIRECTED_REQUEST, text).into_response()
}

/// Whether a `Host` names this listener: an address, `localhost`, or a configured name.
fn is_own(host: &str, hosts: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|own| name.eq_ignore_ascii_case(own))
}

async fn metrics(State(observed): State<Observed>) -> impl IntoResponse {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Counted(observed)));
    let mut text = String::new();
    let status = match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}

async fn ready(State(observed): State<Observed>) -> impl IntoResponse {
    let standing = readiness::standing(&observed).await;
    let status = if standing.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(standing))
}

/// What was counted, in the form that Prometheus reads.
struct Counted(Observed);

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.metrics.encode(&self.0.health, &mut encoder)?;
        for (name, help, lost) in &self.0.lost {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            metric.encode_counter::<NoLabelSet, _, u64>(&lost.count(), None)?;
        }
        let free = self.0.control_plane.ledger.free_bytes().unwrap_or(0);
        let free = usize::try_from(free).unwrap_or(usize::MAX);
        gauge(&mut encoder, "sekisho_disk_free_bytes", "Free bytes on the disk of the data folder", free)?;
        capabilities::ALL.iter().try_for_each(|capability| (capability.metrics)(&self.0.state, &mut encoder))
    }
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_its_own_hosts_are_answered() {
        let hosts = ["metrics.example.jp".to_owned()];
        for host in ["127.0.0.1:9464", "[::1]:9464", "localhost", "LOCALHOST:1", "Metrics.example.jp:9464", "192.0.2.1"]
        {
            assert!(is_own(host, &hosts), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:9464",
            "metrics.example.jp.evil.example",
            "",
            "a b",
            "user@127.0.0.1.evil",
        ] {
            assert!(!is_own(host, &hosts), "{host}");
        }
    }
}
