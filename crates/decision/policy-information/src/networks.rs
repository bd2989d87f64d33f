//! Look-ups by address: the longest prefix that holds it.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

/// A value per network. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
#[derive(Debug, Clone)]
pub(crate) struct NetworkMap<T> {
    v4: PrefixMap<Ipv4Net, T>,
    v6: PrefixMap<Ipv6Net, T>,
}

impl<T> Default for NetworkMap<T> {
    fn default() -> Self {
        Self { v4: PrefixMap::new(), v6: PrefixMap::new() }
    }
}

impl<T> NetworkMap<T> {
    /// Puts a value for a network unless `keeps` prefers the one that is there.
    pub(crate) fn insert(&mut self, network: IpNet, value: T, keeps: impl Fn(&T) -> bool) {
        match canonical(network) {
            IpNet::V4(net) if !self.v4.get(&net).is_some_and(&keeps) => drop(self.v4.insert(net, value)),
            IpNet::V6(net) if !self.v6.get(&net).is_some_and(&keeps) => drop(self.v6.insert(net, value)),
            IpNet::V4(_) | IpNet::V6(_) => {}
        }
    }

    /// The value of the longest prefix that holds the address.
    pub(crate) fn get(&self, address: IpAddr) -> Option<&T> {
        match address.to_canonical() {
            IpAddr::V4(v4) => self.v4.get_lpm(&Ipv4Net::from(v4)).map(|(_, value)| value),
            IpAddr::V6(v6) => self.v6.get_lpm(&Ipv6Net::from(v6)).map(|(_, value)| value),
        }
    }
}

/// The network without host bits, and an IPv4 network where IPv6 only wraps one.
pub(crate) fn canonical(network: IpNet) -> IpNet {
    let network = network.trunc();
    match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(v4), Some(length)) if network.addr().is_ipv6() => {
            Ipv4Net::new(v4, length).map_or(network, |net| IpNet::V4(net.trunc()))
        }
        _ => network,
    }
}

/// A mistyped prefix length must not make half of the Internet a threat.
pub(crate) fn is_narrow(network: IpNet) -> bool {
    match canonical(network) {
        IpNet::V4(network) => network.prefix_len() >= 8,
        IpNet::V6(network) => network.prefix_len() >= 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().expect("a network")
    }

    #[test]
    fn the_longest_prefix_wins_in_both_families() {
        let mut map = NetworkMap::default();
        for (network, value) in
            [("10.0.0.0/8", 1), ("10.1.0.0/16", 2), ("10.1.2.3/32", 3), ("2001:db8::/32", 4), ("2001:db8:1::/48", 5)]
        {
            map.insert(net(network), value, |_| false);
        }
        let get = |address: &str| map.get(address.parse().expect("an address")).copied();
        assert_eq!(get("10.9.9.9"), Some(1));
        assert_eq!(get("10.1.9.9"), Some(2));
        assert_eq!(get("10.1.2.3"), Some(3));
        assert_eq!(get("11.0.0.1"), None);
        assert_eq!(get("2001:db8:2::1"), Some(4));
        assert_eq!(get("2001:db8:1::1"), Some(5));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_the_ipv4_address() {
        let mut map = NetworkMap::default();
        map.insert(net("192.0.2.0/24"), 1, |_| false);
        assert_eq!(map.get("::ffff:192.0.2.7".parse().expect("an address")), Some(&1));
        assert_eq!(canonical(net("::ffff:192.0.2.0/120")), net("192.0.2.0/24"));
        assert_eq!(canonical(net("::/64")), net("::/64"));
        assert_eq!(canonical(net("10.1.2.3/8")), net("10.0.0.0/8"));
    }
}
