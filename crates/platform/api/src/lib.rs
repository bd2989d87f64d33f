//! The REST API: every administrative act as a route, with what it demands.
//!
//! [`routes`] lists them. The portal's host and the terminals' host answer them under [`PREFIX`], and so does the local socket
//! ([`socket::serve`]), where the operator calls. A handler reads what was sent, calls one act of the control plane and shows what
//! the result: it decides nothing.

mod authenticate;
mod certificates;
mod clock;
mod decisions;
mod devices;
mod discovery;
mod documents;
mod documents_write;
mod enforcement_points;
mod ledger;
mod me;
mod me_resources;
mod operations;
mod policies;
mod refused;
mod sessions;
pub mod socket;
mod status;
mod tokens;
mod users;
mod what_if;

use sekisho_certificates::CertificateRows;
use sekisho_control_plane::{ControlPlane, OperationCall};
use sekisho_rest::{Api, Call};
use tokio::sync::mpsc;

pub use authenticate::authenticate;
pub use status::{Standing, StandingCall};

/// Where the API is on every host that answers it.
pub const PREFIX: &str = "/api/v1";

/// What the routes act through. A cheap handle.
#[derive(Clone)]
pub struct Services {
    /// The services of the platform.
    pub control_plane: ControlPlane,
    /// The terminals' origin, `https://terminal.example.jp`.
    pub terminals_origin: String,
    /// How the certificates stand.
    pub certificates: CertificateRows,
    /// Where operations on the process are asked for.
    pub operations: mpsc::Sender<OperationCall>,
    /// Where the process is asked how it stands.
    pub standing: mpsc::Sender<StandingCall>,
}

type Context = Call<Services>;
type Routes = sekisho_rest::Routes<Services>;

/// Every route.
#[must_use]
pub fn routes() -> Routes {
    [
        discovery::routes,
        me::routes,
        me_resources::routes,
        status::routes,
        users::routes,
        sessions::routes,
        devices::routes,
        documents::routes,
        documents_write::routes,
        policies::routes,
        enforcement_points::routes,
        tokens::routes,
        decisions::routes,
        what_if::routes,
        ledger::routes,
        certificates::routes,
        clock::routes,
        operations::routes,
    ]
    .into_iter()
    .fold(Routes::new(), |routes, add| add(routes))
}

/// These routes, over the services in the platform's state.
#[must_use]
pub const fn api<S: AsRef<Services>>() -> Api<S> {
    Api { name: "api", routes: |state| routes().with(state.as_ref().clone()) }
}
