//! TCP ports that something listens on: asked of the kernel's socket diagnosis, or read from `/proc/net/tcp` and `tcp6`.
//!
//! The tables in `/proc` make the kernel walk every bucket of its connections; the diagnosis walks the listeners only, which makes
//! it cheap enough to be asked several times a second.

use std::collections::BTreeSet;
use std::path::Path;

use super::diagnosis;

/// The state `LISTEN` as the kernel writes it.
const LISTEN: &str = "0A";

/// The ports, in order. `None` when the kernel does not tell.
pub(super) fn listening() -> Option<Vec<String>> {
    let ports = diagnosis::listening().or_else(|| in_tables(Path::new("/proc/net")))?;
    Some(ports.into_iter().map(|port| port.to_string()).collect())
}

/// The ports by the kernel's tables.
fn in_tables(net: &Path) -> Option<BTreeSet<u16>> {
    let mut ports = BTreeSet::new();
    collect(&std::fs::read_to_string(net.join("tcp")).ok()?, &mut ports);
    // A kernel without IPv6 has no second table.
    if let Ok(table) = std::fs::read_to_string(net.join("tcp6")) {
        collect(&table, &mut ports);
    }
    Some(ports)
}

fn collect(table: &str, ports: &mut BTreeSet<u16>) {
    for line in table.lines().skip(1) {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, state) = (fields.next(), fields.nth(1));
        if state == Some(LISTEN)
            && let Some((_, port)) = local.and_then(|local| local.rsplit_once(':'))
            && let Ok(port) = u16::from_str_radix(port, 16)
        {
            ports.insert(port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_seen_until_it_is_closed(seen: impl Fn() -> BTreeSet<u16>) {
        let disappears = |_| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            let port = listener.local_addr().expect("bound").port();
            assert!(seen().contains(&port));
            drop(listener);
            !seen().contains(&port)
        };
        // Another program may take a port as soon as it is closed.
        assert!((0..10).any(disappears));
    }

    #[test]
    fn a_listening_port_is_seen_and_a_closed_one_is_not() {
        is_seen_until_it_is_closed(|| in_tables(Path::new("/proc/net")).expect("readable"));
        is_seen_until_it_is_closed(|| {
            listening().expect("told").iter().map(|port| port.parse().expect("a number")).collect()
        });
    }

    #[test]
    fn only_the_listen_state_counts() {
        let mut ports = BTreeSet::new();
        collect(
            "  sl  local_address rem_address   st\n   0: 0100007F:115C 00000000:0000 0A x\n   1: 0100007F:0050 00000000:0000 01 x\n   2: 00000000000000000000000001000000:1F90 0:0 0A\n   3: broken\n",
            &mut ports,
        );
        assert_eq!(ports.into_iter().collect::<Vec<_>>(), [4444, 8080]);
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        assert_eq!(in_tables(Path::new("/nowhere")), None);
    }
}
