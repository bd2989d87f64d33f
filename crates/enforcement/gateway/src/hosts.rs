//! The names under which the gateway is reached.

use sekisho_model::Host;
use sekisho_policy_enforcement::Site;

/// The gateway's own names.
pub(crate) struct Hosts {
    /// Where people sign in.
    pub(crate) portal: Host,
    /// The only host whose connections may ask for tunnels.
    pub(crate) terminals: Host,
    /// The port that people type.
    pub(crate) public_port: u16,
    /// The gateway's own place among the hosts, as routing needs it.
    pub(crate) site: Site,
}

impl Hosts {
    /// The portal's origin, as people type it.
    pub(crate) fn portal_origin(&self) -> String {
        self.origin_of(&self.portal)
    }

    /// The origin of a host of ours, as people type it.
    pub(crate) fn origin_of(&self, host: &Host) -> String {
        match self.public_port {
            443 => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        }
    }
}
