//! The administration API: JSON over a Unix socket that only the user Sekisho runs as may open.
//!
//! Whoever can open the socket can read the data folder too, so the socket's mode is the authentication; the caller's
//! operating-system user is recorded with every act.

mod decisions;
mod devices;
mod documents;
mod ledger;
mod policies;
mod problem;
mod sessions;
mod users;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::Connected;
use axum::routing::{get, post};
use axum::serve::IncomingStream;
use sekisho_model::Actor;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use crate::ControlPlane;
pub(crate) use problem::Problem;

/// The largest body: a folder of documents.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Who is at the other end of the socket.
#[derive(Debug, Clone)]
struct Caller(Actor);

impl Connected<IncomingStream<'_, UnixListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let user = stream.io().peer_cred().map_or_else(|_| "unknown".to_owned(), |peer| format!("uid-{}", peer.uid()));
        Self(Actor::Operator(user))
    }
}

/// Serves the API on a socket, which is made anew with mode 0600, until the runtime ends.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(control_plane: ControlPlane, socket: &Path) -> std::io::Result<JoinHandle<()>> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    let service = router(control_plane).into_make_service_with_connect_info::<Caller>();
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "the administration socket stopped");
        }
    }))
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
        .route("/v1/sessions", get(sessions::list))
        .route("/v1/sessions/end", post(sessions::end_all))
        .route("/v1/sessions/{id}/end", post(sessions::end))
        .route("/v1/policies", get(policies::list))
        .route("/v1/decisions", get(decisions::list))
        .route("/v1/decisions/{request}", get(decisions::show))
        .route("/v1/refused", get(decisions::refused))
        .route("/v1/ledger", get(ledger::status))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(control_plane)
}
