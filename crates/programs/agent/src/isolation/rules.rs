//! Which packets pass, as one nftables script. Pure. Only the table `inet sekisho` is named; other tables stay as they are.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Removes the table, whether or not it exists.
pub(super) const NO_TABLE: &str = "add table inet sekisho\ndelete table inet sekisho\n";

/// What the device may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Others reach its services until the lease ends; it reaches everybody.
    Reachable {
        /// How long, without a renewal.
        lease: Duration,
    },
    /// It speaks to the platform only.
    Isolated,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Reachable { .. } => "reachable",
            Self::Isolated => "isolated",
        }
    }
}

/// A rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) state: State,
    /// Where the platform is.
    pub(super) server: BTreeSet<SocketAddr>,
    /// Who resolves names for this device.
    pub(super) name_servers: BTreeSet<IpAddr>,
}

impl Rules {
    /// The script that replaces the table in one transaction.
    pub(super) fn script(&self) -> String {
        let body = match self.state {
            State::Reachable { lease } => reachable(lease),
            State::Isolated => self.isolated(),
        };
        format!("{NO_TABLE}table inet sekisho {{\n{body}}}\n")
    }

    fn isolated(&self) -> String {
        let mut inward = String::new();
        let mut outward = String::new();
        for address in &self.server {
            let (family, ip, port) = (family(address.ip()), address.ip(), address.port());
            inward += &format!("{family} saddr {ip} tcp sport {port} ct state established accept\n");
            outward += &format!("{family} daddr {ip} tcp dport {port} accept\n");
        }
        for ip in &self.name_servers {
            let family = family(*ip);
            inward +=
                &format!("{family} saddr {ip} meta l4proto {{ tcp, udp }} th sport 53 ct state established accept\n");
            outward += &format!("{family} daddr {ip} meta l4proto {{ tcp, udp }} th dport 53 accept\n");
        }
        let outward_of_the_link = "oif lo accept\nicmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept\nudp sport 68 udp dport 67 accept\nudp sport 546 udp dport 547 accept\n";
        format!(
            "{}{}",
            chain("input", &format!("{INWARD_OF_THE_LINK}{inward}")),
            chain("output", &format!("{outward_of_the_link}{outward}"))
        )
    }
}

/// What an interface needs to have an address and neighbours.
const INWARD_OF_THE_LINK: &str = "iif lo accept\nicmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept\nudp sport 67 udp dport 68 accept\nudp sport 547 udp dport 546 accept\n";

fn reachable(lease: Duration) -> String {
    let milliseconds = lease.as_millis().max(1);
    let set = format!(
        "set lease {{ typeof meta nfproto; flags timeout; elements = {{ ipv4 timeout {milliseconds}ms, ipv6 timeout {milliseconds}ms }} }}\n"
    );
    // Connections that others opened end with the lease too: only answers to this device's own connections outlive it.
    let inward = format!(
        "{INWARD_OF_THE_LINK}ct state established,related ct direction reply accept\nmeta nfproto @lease accept\n"
    );
    format!("{set}{}", chain("input", &inward))
}

/// A chain behind those of other tables: it drops what they let pass, and lets nothing pass that they drop.
fn chain(hook: &str, rules: &str) -> String {
    format!("chain {hook} {{\ntype filter hook {hook} priority filter + 10; policy drop;\n{rules}}}\n")
}

const fn family(ip: IpAddr) -> &'static str {
    match ip {
        IpAddr::V4(_) => "ip",
        IpAddr::V6(_) => "ip6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(state: State) -> String {
        let server = BTreeSet::from(["10.77.0.1:8443".parse().expect("an address")]);
        Rules { state, server, name_servers: BTreeSet::from(["fd00::1".parse().expect("an address")]) }.script()
    }

    #[test]
    fn every_chain_drops_what_no_rule_names() {
        for state in [State::Isolated, State::Reachable { lease: Duration::from_secs(180) }] {
            let script = rules(state);
            assert_eq!(script.matches("hook ").count(), script.matches("policy drop;").count(), "{script}");
            assert!(script.starts_with(NO_TABLE), "{script}");
        }
    }

    #[test]
    fn an_isolated_device_speaks_to_the_platform_and_its_name_servers() {
        let script = rules(State::Isolated);
        assert!(script.contains("ip daddr 10.77.0.1 tcp dport 8443 accept"), "{script}");
        assert!(script.contains("ip6 daddr fd00::1 meta l4proto { tcp, udp } th dport 53 accept"), "{script}");
        assert!(!script.contains("lease"), "{script}");
    }

    #[test]
    fn a_reachable_device_is_so_for_the_lease_only() {
        let script = rules(State::Reachable { lease: Duration::from_secs(180) });
        assert!(script.contains("ipv4 timeout 180000ms"), "{script}");
        assert!(!script.contains("hook output"), "{script}");
    }
}
