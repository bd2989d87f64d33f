//! The API at the local socket, a Unix socket that only the user Sekisho runs as may open.
//!
//! Who can open the socket can read the data folder too, so the socket's mode is the authentication; the caller's
//! operating-system user is recorded with every act.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::middleware::map_request;
use axum::serve::IncomingStream;
use sekisho_rest::Caller;
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long answers may take once the API stops.
const LAST_ANSWERS: std::time::Duration = std::time::Duration::from_secs(1);

/// The operating-system user at the other end of the socket.
#[derive(Debug, Clone)]
struct Operator(String);

impl Connected<IncomingStream<'_, UnixListener>> for Operator {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let user = stream.io().peer_cred().map_or_else(|_| "unknown".to_owned(), |peer| format!("uid-{}", peer.uid()));
        Self(user)
    }
}

/// The API that is served at the socket. Dropping it stops it.
#[derive(Debug)]
pub struct Socket {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Socket {
    /// Takes no more questions, and returns when the last answer is out, or after a second.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        // A caller that does not read its answer is left.
        let _ = tokio::time::timeout(LAST_ANSWERS, self.serving).await;
    }
}

/// Serves the API on a socket, after it removed an older one and made it with mode 0600.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(service: Router, socket: &Path) -> std::io::Result<Socket> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    let service = service.layer(map_request(by_operator)).into_make_service_with_connect_info::<Operator>();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let until = async move { drop(stopped.await) };
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(until).await {
            tracing::error!(%error, "the local socket stopped");
        }
    });
    Ok(Socket { stop, serving })
}

/// Says of a request at the socket that the operator calls.
async fn by_operator(ConnectInfo(Operator(user)): ConnectInfo<Operator>, mut request: Request) -> Request {
    request.extensions_mut().insert(Caller::operator(user));
    request
}
