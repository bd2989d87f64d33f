//! The kernel's list of all sockets: for kernels that cannot be asked about one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The user whose socket is connected from `local` to `remote`.
pub(super) fn owner(local: SocketAddr, remote: SocketAddr) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    tables.iter().find_map(|table| owner_in(table, local, remote))
}

fn owner_in(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (from, to, uid) = (address(fields.next()?)?, address(fields.next()?)?, fields.nth(4)?);
        // Without an inode no program has the socket any more, and the kernel names the user 0.
        let is_held = fields.nth(1)? != "0";
        (is_held && same(from, local) && same(to, remote)).then(|| uid.parse().ok())?
    })
}

fn same(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical()
}

/// `0100007F:1F90`: words of four bytes in this machine's order, and a port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word = |at: usize| Some(u32::from_str_radix(ip.get(at..at.checked_add(8)?)?, 16).ok()?.to_ne_bytes());
    let ip = match ip.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (place, at) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                place.copy_from_slice(&word(at)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:3039 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0000000000000000 100 0 0 10 0
   1: 0100007F:D430 0100007F:3039 05 00000000:00000000 03:00001742 00000000     0        0 0 3 0000000000000000
   2: 0100007F:D431 0100007F:3039 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0000000000000000 20 4 30 10 -1
";

    #[test]
    fn the_owner_of_the_other_end_is_found() {
        let (own, peer) = ("127.0.0.1:12345".parse().expect("own"), "127.0.0.1:54321".parse().expect("peer"));
        let expected = if cfg!(target_endian = "little") { Some(1001) } else { None };
        assert_eq!(owner_in(TABLE, peer, own), expected);
        assert_eq!(owner_in(TABLE, "[::ffff:127.0.0.1]:54321".parse().expect("mapped"), own), expected);
        for other in ["127.0.0.1:54322", "127.0.0.1:54320", "127.0.0.2:54321"] {
            assert_eq!(owner_in(TABLE, other.parse().expect("another"), own), None, "{other}");
        }
        assert_eq!(owner_in("", peer, own), None);
    }

    #[test]
    fn this_users_own_connection_is_in_the_list() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let client = std::net::TcpStream::connect(listener.local_addr().expect("an address")).expect("connected");
        let (accepted, peer) = listener.accept().expect("accepted");
        let own = accepted.local_addr().expect("an address");
        assert_eq!(owner(peer, own), Some(rustix::process::getuid().as_raw()));
        assert_eq!(owner("127.0.0.1:1".parse().expect("nobody"), own), None);
        drop(client);
    }
}
