//! The kernel's socket diagnosis (`sock_diag(7)`): every TCP socket in the state `LISTEN`, without walking the others.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `NLMSG_DONE` and `NLMSG_ERROR`.
const DONE: u16 = 3;
const ERROR: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 0x301;
const TCP: u8 = 6;
/// `1 << TCP_LISTEN`.
const LISTEN: u32 = 1 << 10;
const HEADER: usize = 16;
/// `inet_diag_req_v2`.
const REQUEST: usize = 56;
/// The kernel answers from memory; a machine that does not do so within this time is asked by other means.
const LIMIT: Duration = Duration::from_secs(1);

/// The ports; `None` when the kernel has no such diagnosis or does not let this process ask.
pub(super) fn listening() -> Option<BTreeSet<u16>> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(SOCK_DIAG)).ok()?;
    set_socket_timeout(&socket, Timeout::Recv, Some(LIMIT)).ok()?;
    let mut ports = BTreeSet::new();
    dump(&socket, AddressFamily::INET, &mut ports)?;
    // A kernel without IPv6 has no listeners of that family, and says so with an error.
    let _ = dump(&socket, AddressFamily::INET6, &mut ports);
    Some(ports)
}

fn dump(socket: &OwnedFd, family: AddressFamily, ports: &mut BTreeSet<u16>) -> Option<()> {
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(socket, &request(u8::try_from(family.as_raw()).ok()?), SendFlags::empty(), &kernel).ok()?;
    let mut buffer = vec![0_u8; 32 * 1024];
    loop {
        let (_, length) = recv(socket, buffer.as_mut_slice(), RecvFlags::empty()).ok()?;
        if read(buffer.get(..length)?, ports)? {
            return Some(());
        }
    }
}

/// A header (length, type, flags, sequence, sender) and what is asked: family, protocol, two unused, states, and no one socket.
fn request(family: u8) -> Vec<u8> {
    let length = u32::try_from(HEADER + REQUEST).unwrap_or(0);
    let mut bytes = Vec::with_capacity(HEADER + REQUEST);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(DUMP.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([family, TCP, 0, 0]);
    bytes.extend(LISTEN.to_ne_bytes());
    bytes.resize(HEADER + REQUEST, 0);
    bytes
}

/// The ports in one datagram, and whether it is the last; `None` for an error or for what is not such an answer.
fn read(mut datagram: &[u8], ports: &mut BTreeSet<u16>) -> Option<bool> {
    while !datagram.is_empty() {
        let length = usize::try_from(u32::from_ne_bytes(*datagram.first_chunk()?)).ok()?;
        let kind = u16::from_ne_bytes(*datagram.get(4..)?.first_chunk()?);
        let body = datagram.get(HEADER..length)?;
        match kind {
            DONE => return Some(true),
            ERROR => return None,
            // Family, state, two counters, then the port in network order.
            BY_FAMILY => {
                ports.extend(body.get(4..6).and_then(|port| port.first_chunk()).map(|port| u16::from_be_bytes(*port)))
            }
            _ => {}
        }
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(HEADER + body.len()).expect("small").to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn a_dump_is_read_to_its_end() {
        let mut ports = BTreeSet::new();
        let one = message(BY_FAMILY, &[2, 10, 0, 0, 0x11, 0x5c, 0, 0]);
        assert_eq!(read(&one, &mut ports), Some(false));
        let last = [message(BY_FAMILY, &[10, 10, 0, 0, 0, 22, 0, 0]), message(DONE, &[0; 4])].concat();
        assert_eq!(read(&last, &mut ports), Some(true));
        assert_eq!(ports, BTreeSet::from([22, 4444]));
    }

    #[test]
    fn what_is_not_an_answer_tells_nothing() {
        let mut ports = BTreeSet::new();
        assert_eq!(read(&message(ERROR, &[0; 4]), &mut ports), None);
        assert_eq!(read(&[1, 2, 3], &mut ports), None);
        let longer_than_it_is = [255, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(read(&longer_than_it_is, &mut ports), None);
        let shorter_than_its_header = [0; 16];
        assert_eq!(read(&shorter_than_its_header, &mut ports), None);
        assert!(ports.is_empty());
    }
}
