//! What assessments say of networks: the longest prefix that holds an address counts, attribute by attribute.

use std::net::IpAddr;
use std::sync::Arc;

use imbl::OrdMap;
use ipnet::IpNet;
use sekisho_model::NetworkFacts;
use sekisho_model::facts::{ContextSlot, Fact};

type Facts = Arc<[(ContextSlot, Fact)]>;

/// Assessed attributes by network. A clone shares everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct AssessedNetworks {
    by_network: OrdMap<IpNet, Facts>,
    /// How many networks have each prefix length, by whether they are IPv6: only these lengths are looked up.
    lengths: OrdMap<(bool, u8), usize>,
}

impl AssessedNetworks {
    /// Puts what is assessed of a network, or removes it where nothing is. Returns whether that changed anything.
    pub(crate) fn set(&mut self, network: IpNet, facts: Vec<(ContextSlot, Fact)>) -> bool {
        let length = (network.addr().is_ipv6(), network.prefix_len());
        let facts: Option<Facts> = (!facts.is_empty()).then(|| facts.into());
        if self.by_network.get(&network) == facts.as_ref() {
            return false;
        }
        let count = self.lengths.get(&length).copied().unwrap_or(0);
        let (count, had) = match facts {
            Some(facts) => (count.saturating_add(1), self.by_network.insert(network, facts).is_some()),
            None => (count, self.by_network.remove(&network).is_some()),
        };
        match count.saturating_sub(usize::from(had)) {
            0 => drop(self.lengths.remove(&length)),
            count => drop(self.lengths.insert(length, count)),
        }
        true
    }

    /// Adds what is assessed of the address. Of its threat scores the highest counts, whichever network it was given to: a source that
    /// knows one address must not take away what another knows of its network.
    pub(crate) fn add_to(&self, mut facts: NetworkFacts) -> NetworkFacts {
        let mut found: [bool; ContextSlot::NETWORK.len()] = [false; ContextSlot::NETWORK.len()];
        let ip = facts.ip;
        let lengths = self.lengths.keys().rev().filter(|(v6, _)| *v6 == ip.is_ipv6());
        let assessed = lengths.filter_map(|(_, length)| self.of(ip, *length));
        for (slot, fact) in assessed.flat_map(|facts| facts.iter()) {
            let Some(is_found) = slot.network_position().and_then(|at| found.get_mut(at)) else { continue };
            if std::mem::replace(is_found, true) && *slot != ContextSlot::NetworkThreat {
                continue;
            }
            let known = facts.get(*slot).clone();
            facts = facts.with(*slot, if known.is_present() { known.max(fact.clone()) } else { fact.clone() });
        }
        facts
    }

    fn of(&self, address: IpAddr, length: u8) -> Option<&Facts> {
        let network = IpNet::new(address, length).ok()?.trunc();
        self.by_network.get(&network)
    }
}
