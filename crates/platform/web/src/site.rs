//! What every page works with: the World, the documents, the ledger, the keys of cookies and forms, and the portal's own address.

use std::sync::Arc;
use std::time::Duration;

use sekisho_ledger::Ledger;
use sekisho_model::documents::Resource;
use sekisho_model::{Host, SessionId, Timestamp};
use sekisho_policy_enforcement::CookieKey;
use sekisho_policy_information::World;
use sekisho_store::Store;
use tokio::sync::watch;

use crate::form_key::FormKey;
use crate::navigation::Contents;

/// Receives each request that a live session makes at the portal, so that the session does not become idle.
pub type Activity = Arc<dyn Fn(SessionId, Timestamp) + Send + Sync>;

/// The longest time for which an answer waits until the World shows the session that it has just changed.
const SESSION_WAIT: Duration = Duration::from_secs(3);

/// Everything that all pages read. A cheap handle.
#[derive(Clone)]
pub struct Site {
    /// The snapshot that decisions read.
    pub world: watch::Receiver<Arc<World>>,
    /// The documents.
    pub store: Store,
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
    /// The navigation and the texts that crates of pages contribute.
    pub contents: Contents,
    /// Where session activity goes.
    pub activity: Activity,
}

impl Site {
    /// The portal's origin, as browsers write it.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(&self.portal, self.port)
    }

    /// The address of an enrolment link with this token.
    #[must_use]
    pub fn enrolment_address(&self, token: &str) -> String {
        format!("{}/enroll/{token}", self.origin())
    }

    /// The origin of an application, if people reach it by a host: at the port of the enforcement point that holds it.
    #[must_use]
    pub fn application_origin(&self, resource: &Resource) -> Option<String> {
        let port = self.world.borrow().port_of(&resource.id).unwrap_or(self.port);
        Some(origin(resource.host.as_ref()?, port))
    }

    /// The agent's origin.
    #[must_use]
    pub fn agent_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.agent_port)
    }

    /// Waits until the World shows the session at this rotation, or shows no such session where `rotation` is `None`. Without
    /// the wait, the person's next request would meet the old state. It gives up after three seconds and logs that.
    pub async fn shows_session(&self, session: SessionId, rotation: Option<u32>) {
        let mut world = self.world.clone();
        let seen = world.wait_for(|world| world.session(&session).map(|facts| facts.rotation) == rotation);
        if !matches!(tokio::time::timeout(SESSION_WAIT, seen).await, Ok(Ok(_))) {
            tracing::warn!(session = %session.short(), "the snapshot is late in showing a session");
        }
    }
}

fn origin(host: &Host, port: u16) -> String {
    match port {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    }
}
