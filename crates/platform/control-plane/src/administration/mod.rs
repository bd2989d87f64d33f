//! The administration API: JSON over a Unix socket that only the user Sekisho runs as may open.
//!
//! Whoever can open the socket can read the data folder too, so the socket's mode is the authentication; the caller's
//! operating-system user is recorded with every act.

mod certificates;
mod decisions;
mod devices;
mod documents;
mod enforcement_points;
mod ledger;
mod operations;
mod policies;
mod problem;
mod sessions;
mod users;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::Connected;
use axum::middleware::map_response;
use axum::routing::{get, post};
use axum::serve::IncomingStream;
use axum::{Extension, Router};
use sekisho_model::Actor;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::ControlPlane;
pub use certificates::{CertificateRow, CertificateRows};
pub use operations::{Operation, OperationCall};
pub(crate) use problem::Problem;

/// The largest body: a folder of documents.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// How long answers may take once the API stops.
const LAST_ANSWERS: std::time::Duration = std::time::Duration::from_secs(1);

/// Who is at the other end of the socket.
#[derive(Debug, Clone)]
struct Caller(Actor);

impl Connected<IncomingStream<'_, UnixListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let user = stream.io().peer_cred().map_or_else(|_| "unknown".to_owned(), |peer| format!("uid-{}", peer.uid()));
        Self(Actor::Operator(user))
    }
}

/// The running API. Dropping it stops it.
#[derive(Debug)]
pub struct Administration {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Administration {
    /// Takes no more questions, and returns when the last answer is out, or after a second.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        // A caller that does not read its answer is left.
        let _ = tokio::time::timeout(LAST_ANSWERS, self.serving).await;
    }
}

/// Serves the API on a socket, which is made anew with mode 0600. `operations` are carried out by whoever receives them;
/// `certificates` are told as they stand.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(
    control_plane: ControlPlane,
    operations: mpsc::Sender<OperationCall>,
    certificates: CertificateRows,
    socket: &Path,
) -> std::io::Result<Administration> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    let router = router(control_plane).layer(Extension(operations)).layer(Extension(certificates));
    let service = router.into_make_service_with_connect_info::<Caller>();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let until = async move { drop(stopped.await) };
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(until).await {
            tracing::error!(%error, "the administration socket stopped");
        }
    });
    Ok(Administration { stop, serving })
}

fn router(control_plane: ControlPlane) -> Router {
    Router::new()
        .route("/v1/apply", post(documents::apply))
        .route("/v1/documents/{kind}", get(documents::list))
        .route("/v1/documents/{kind}/{id}", get(documents::show))
        .route("/v1/users/{id}/status", post(users::set_status))
        .route("/v1/users/{id}/enrolment-link", post(users::enrolment_link))
        .route("/v1/users/{id}/reset", post(users::reset))
        .route("/v1/devices", get(devices::list))
        .route("/v1/devices/tokens", post(devices::token))
        .route("/v1/devices/{id}", get(devices::show))
        .route("/v1/devices/{id}/remove", post(devices::remove))
        .route("/v1/devices/{id}/revoke", post(devices::revoke))
        .route("/v1/enforcement-points/{id}/token", post(enforcement_points::token))
        .route("/v1/enforcement-points/{id}/certificate", post(enforcement_points::certificate))
        .route("/v1/enforcement-points/{id}/revoke", post(enforcement_points::revoke))
        .route("/v1/enforcement-points/{id}/status", post(enforcement_points::set_status))
        .route("/v1/sessions", get(sessions::list))
        .route("/v1/sessions/end", post(sessions::end_all))
        .route("/v1/sessions/{id}/end", post(sessions::end))
        .route("/v1/certificates", get(certificates::list))
        .route("/v1/policies", get(policies::list))
        .route("/v1/decisions", get(decisions::list))
        .route("/v1/decisions/{request}", get(decisions::show))
        .route("/v1/refused", get(decisions::refused))
        .route("/v1/ledger", get(ledger::status))
        .route("/v1/restore-console", post(documents::restore_console))
        .route("/v1/operations/{name}", post(operations::call))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(map_response(problem::as_problem))
        .with_state(control_plane)
}
