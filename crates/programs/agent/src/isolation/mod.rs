//! Isolation: this device's own packet filter follows its posture.
//!
//! A device that passes every check holds a lease: while it lasts, others may reach the device's services. A device that
//! fails a check speaks to the platform only. The kernel ends the lease by itself, so that an agent that is stopped or killed
//! closes the services too. [`rules`] says which packets pass, [`filter`] puts that into force and takes it back.

mod filter;
mod rules;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::agent::Status;
use crate::error::AgentError;
use crate::server::ServerAddress;

use filter::Filter;
use rules::{Rules, State};

/// A rule set that is not confirmed within this time is taken back by the watchdog.
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);
/// How many reports may fail before the lease ends.
const REPORTS_PER_LEASE: u32 = 3;
/// Where the system's name servers are listed.
const RESOLVER_CONFIGURATION: &str = "/etc/resolv.conf";

/// Keeps the filter as the newest accepted report says.
pub(crate) struct Isolation {
    filter: Filter,
    server: ServerAddress,
    /// The addresses that the server's name had last. A name that no longer resolves must not cut the way to the server.
    addresses: BTreeSet<SocketAddr>,
    lease: Duration,
    status: watch::Receiver<Status>,
}

impl Isolation {
    pub(crate) fn new(
        folder: &Path,
        server: ServerAddress,
        report_every: Duration,
        status: watch::Receiver<Status>,
    ) -> Self {
        let lease = report_every * REPORTS_PER_LEASE;
        Self { filter: Filter::new(folder, CONFIRM_WITHIN), server, addresses: BTreeSet::new(), lease, status }
    }

    /// Never ends by itself, except when nobody reports any longer.
    pub(crate) async fn run(mut self) {
        if let Err(error) = self.filter.take_back_unconfirmed().await {
            tracing::error!(%error, "a rule set that was never confirmed could not be taken back");
        }
        let mut followed = 0;
        while self.status.changed().await.is_ok() {
            let (reports, compliant) = {
                let status = self.status.borrow_and_update();
                (status.reports, status.compliant)
            };
            // Before the first accepted report nothing is known, and nothing changes. A failed report does not renew the lease.
            let (true, Some(compliant)) = (reports > followed, compliant) else { continue };
            match self.follow(if compliant { State::Reachable { lease: self.lease } } else { State::Isolated }).await {
                Ok(()) => followed = reports,
                Err(error) => tracing::error!(%error, "the packet filter does not follow the posture"),
            }
        }
    }

    async fn follow(&mut self, state: State) -> Result<(), AgentError> {
        let found = self.server.addresses().await.unwrap_or_default();
        if !found.is_empty() {
            self.addresses = found.into_iter().collect();
        }
        let rules = Rules { state, server: self.addresses.clone(), name_servers: name_servers() };
        let before = self.filter.in_force();
        let addresses: Vec<SocketAddr> = self.addresses.iter().copied().collect();
        self.filter.put(&rules, || reachable(addresses)).await?;
        if before != Some(state.name()) {
            tracing::info!(state = state.name(), "the packet filter follows the posture");
        }
        Ok(())
    }
}

/// Whether one of the addresses takes a connection.
async fn reachable(addresses: Vec<SocketAddr>) -> bool {
    for address in addresses {
        if matches!(timeout(CONFIRM_WITHIN / 4, TcpStream::connect(address)).await, Ok(Ok(_))) {
            return true;
        }
    }
    false
}

fn name_servers() -> BTreeSet<IpAddr> {
    let text = std::fs::read_to_string(RESOLVER_CONFIGURATION).unwrap_or_default();
    listed_name_servers(&text)
}

fn listed_name_servers(text: &str) -> BTreeSet<IpAddr> {
    let value = |line: &str| line.trim().strip_prefix("nameserver")?.split_whitespace().next()?.parse().ok();
    text.lines().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_those_of_the_resolver() {
        let text = "# nameserver 192.0.2.1\nnameserver 10.77.0.1\n nameserver fd00::1 # second\nnameserver fe80::1%eth0\nsearch example.jp\n";
        let expected = ["10.77.0.1", "fd00::1"].map(|text| text.parse::<IpAddr>().expect("an address"));
        assert_eq!(listed_name_servers(text), BTreeSet::from(expected));
    }
}
