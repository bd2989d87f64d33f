//! What the portal and the console work with.

use std::sync::Arc;

use sekisho_devices::Devices;
use sekisho_identity::Identity;
use sekisho_ledger::Ledger;
use sekisho_model::documents::Resource;
use sekisho_model::{Host, SessionId, Timestamp};
use sekisho_policy_enforcement::CookieKey;
use sekisho_policy_information::World;
use sekisho_store::Store;
use tokio::sync::watch;

use crate::form_key::FormKey;

/// Told of each request that a live session made at the portal, so that its idle time can be counted.
pub type Activity = Arc<dyn Fn(SessionId, Timestamp) + Send + Sync>;

/// Everything that the pages read and act through. A cheap handle.
#[derive(Clone)]
pub struct PortalState {
    /// The snapshot that decisions read.
    pub world: watch::Receiver<Arc<World>>,
    /// The documents.
    pub store: Store,
    /// Accounts, authenticators, sign-in and sessions.
    pub identity: Identity,
    /// Devices and their proofs.
    pub devices: Devices,
    /// The record.
    pub ledger: Ledger,
    /// The key of session cookies, the same as the gateway's.
    pub cookie_key: CookieKey,
    /// The key of form tokens and of cookies before sign-in.
    pub form_key: FormKey,
    /// The portal's host.
    pub portal: Host,
    /// The port that browsers see, of the portal and of every application.
    pub port: u16,
    /// The port of the agent on the person's own machine.
    pub agent_port: u16,
    /// The clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Where session activity goes.
    pub activity: Activity,
}

impl PortalState {
    /// The portal's origin, as browsers write it.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(&self.portal, self.port)
    }

    /// The address that an enrolment link's token makes.
    #[must_use]
    pub fn enrolment_address(&self, token: &str) -> String {
        format!("{}/enroll/{token}", self.origin())
    }

    /// The origin of an application, if people reach it by a host: at the port of the enforcement point that holds it.
    pub(crate) fn application_origin(&self, resource: &Resource) -> Option<String> {
        let port = self.world.borrow().port_of(&resource.id).unwrap_or(self.port);
        Some(origin(resource.host.as_ref()?, port))
    }

    /// The agent's origin.
    pub(crate) fn agent_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.agent_port)
    }
}

fn origin(host: &Host, port: u16) -> String {
    match port {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    }
}
