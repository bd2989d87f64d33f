//! Networks as feeds write them, and what is left of one without the addresses that are allowed.

use std::net::IpAddr;

use ipnet::IpNet;

/// Reads an address or a network. `None` when it is neither, or so wide that it cannot be one threat: wider than /8 (IPv4) or /16 (IPv6).
pub(crate) fn read(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => text.parse::<IpNet>().ok()?.trunc(),
    };
    let narrowest = if network.addr().is_ipv4() { 8 } else { 16 };
    let is_wrapped = matches!(network.addr(), IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    (network.prefix_len() >= narrowest && !is_wrapped).then_some(network)
}

/// The parts of a network that none of the allowed ones holds.
pub(crate) fn without(network: IpNet, allowed: &[IpNet]) -> Vec<IpNet> {
    let mut parts = vec![network];
    for hole in allowed {
        parts = parts.into_iter().flat_map(|part| around(part, hole.trunc())).collect();
    }
    parts
}

/// A network without a hole: at most one part for each bit between them.
fn around(network: IpNet, hole: IpNet) -> Vec<IpNet> {
    if hole.contains(&network) {
        return Vec::new();
    }
    let (mut parts, mut rest) = (Vec::new(), network);
    while rest.contains(&hole) && rest != hole {
        let Ok(halves) = rest.subnets(rest.prefix_len().saturating_add(1)) else { break };
        let mut inner = None;
        for half in halves {
            if half.contains(&hole) { inner = Some(half) } else { parts.push(half) }
        }
        let Some(inner) = inner else { break };
        rest = inner;
    }
    if rest != hole {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().expect("a network")
    }

    #[test]
    fn an_address_is_a_network_and_half_of_the_internet_is_none() {
        assert_eq!(read("192.0.2.7"), Some(net("192.0.2.7/32")));
        assert_eq!(read("192.0.2.7/24"), Some(net("192.0.2.0/24")));
        assert_eq!(read("::ffff:192.0.2.7"), Some(net("192.0.2.7/32")));
        assert_eq!(read("2001:db8::/32"), Some(net("2001:db8::/32")));
        for bad in ["0.0.0.0/0", "128.0.0.0/7", "2000::/15", "::ffff:0.0.0.0/96", "example.jp", "", "192.0.2"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn without_an_allowed_address_every_other_address_is_left() {
        let (listed, allowed) = (net("192.0.2.0/24"), net("192.0.2.77/32"));
        let parts = without(listed, &[allowed]);
        assert_eq!(parts.len(), 8);
        for last in 0..=255_u8 {
            let address = IpAddr::from([192, 0, 2, last]);
            assert_eq!(
                parts.iter().filter(|part| part.contains(&address)).count(),
                usize::from(last != 77),
                "{address}"
            );
        }
        assert_eq!(without(net("192.0.2.77/32"), &[listed]), []);
        assert_eq!(without(listed, &[listed]), []);
        assert_eq!(without(listed, &[net("198.51.100.0/24"), net("2001:db8::/32")]), [listed]);
    }
}
