//! Whose connection it is that came in over the loopback interface: the kernel says it, of that one socket (`sock_diag(7)`). Its list
//! of all sockets says it, too, and takes milliseconds for each connection.

mod table;

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::net::netlink::SOCK_DIAG;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

/// The message that asks about a socket, and the one that answers.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
/// An answer that is an error, and the error `ENOENT`.
const ERROR: u16 = 2;
const NO_SUCH: i32 = -2;
const TCP: u8 = 6;
/// The heads of both: of netlink, then of the question.
const NETLINK_HEAD: usize = 16;
const QUESTION: usize = NETLINK_HEAD + 56;
/// Where the ports of the socket that was found stand in the answer.
const PORTS: usize = NETLINK_HEAD + 4;
/// Where the user stands in the answer: behind both heads, four bytes of state, the socket, its timer and its queues.
const USER: usize = NETLINK_HEAD + 4 + 48 + 12;
/// The inode of the socket stands behind it.
const INODE: usize = USER + 4;

/// Whether the program at the other end of a connection runs as this very user. What cannot be told is somebody else.
pub(crate) fn is_this_user(peer: SocketAddr, own: SocketAddr) -> bool {
    // An IPv4 connection may belong to a socket of either family, and is found under its own.
    let found = match owner(peer, own)
        .and_then(|found| found.map_or_else(|| owner(mapped(peer), mapped(own)), |it| Ok(Some(it))))
    {
        Ok(found) => found,
        Err(_) => table::owner(peer, own),
    };
    found == Some(rustix::process::getuid().as_raw())
}

/// The user whose socket is connected from `local` to `remote`, if there is one.
fn owner(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<u32>> {
    let diag = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(SOCK_DIAG))?;
    send(&diag, &question(local, remote), SendFlags::empty())?;
    let mut answer = [0_u8; 1024];
    let (_, length) = recv(&diag, &mut answer, RecvFlags::empty())?;
    user(answer.get(..length).unwrap_or_default(), local.port(), remote.port())
}

fn question(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = if local.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let mut bytes = Vec::with_capacity(QUESTION);
    bytes.extend(u32::try_from(QUESTION).unwrap_or_default().to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(REQUEST.to_ne_bytes());
    // Neither a number nor a sender.
    bytes.extend([0; 8]);
    bytes.extend([u8::try_from(family.as_raw()).unwrap_or_default(), TCP, 0, 0]);
    // In any state.
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend(local.port().to_be_bytes());
    bytes.extend(remote.port().to_be_bytes());
    bytes.extend(words(local.ip()));
    bytes.extend(words(remote.ip()));
    // Over any interface, and whichever socket it is.
    bytes.extend([0; 4]);
    bytes.extend([0xff; 8]);
    bytes
}

/// An address in four words: one of IPv4 is the first of them.
fn words(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(IpAddr::V6(ip.to_ipv6_mapped()), address.port()),
        IpAddr::V6(_) => SocketAddr::new(address.ip().to_canonical(), address.port()),
    }
}

/// The user in an answer. `None` when the socket does not exist, only listens, or belongs to no program any more. In the last case
/// the kernel names the user 0, whichever user had opened the socket.
fn user(answer: &[u8], local: u16, remote: u16) -> io::Result<Option<u32>> {
    let asked = [local.to_be_bytes(), remote.to_be_bytes()].concat();
    let word = |at: usize| answer.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    match (kind, word(NETLINK_HEAD).map(i32::from_ne_bytes), word(USER).map(u32::from_ne_bytes)) {
        (Some(SOCK_DIAG_BY_FAMILY), _, Some(user)) => {
            let is_held = word(INODE).map(u32::from_ne_bytes).is_some_and(|inode| inode != 0);
            Ok((is_held && answer.get(PORTS..PORTS + 4) == Some(asked.as_slice())).then_some(user))
        }
        (Some(ERROR), Some(NO_SUCH), _) => Ok(None),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn this_users_own_connection_is_its_own_and_an_unknown_one_is_nobodys() {
        for place in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
            // A machine without IPv6 has only the first.
            let Ok(listener) = TcpListener::bind(place) else { continue };
            let own = listener.local_addr().expect("an address");
            let dialled = if place == "[::]:0" { SocketAddr::from(([127, 0, 0, 1], own.port())) } else { own };
            let client = TcpStream::connect(dialled).expect("connected");
            let (accepted, peer) = listener.accept().expect("accepted");
            let own = accepted.local_addr().expect("an address");
            assert!(is_this_user(peer, own), "{place}");
            let mut other = peer;
            other.set_port(1);
            assert!(!is_this_user(other, own), "{place}");
            assert!(!is_this_user(own, own), "{place}");
            drop(client);
        }
    }

    /// The kernel then names the user 0. If it were believed, root would take every such connection for its own.
    #[test]
    fn a_connection_that_its_program_let_go_of_is_nobodys() {
        use std::io::{Read as _, Write as _};
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let own = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(own).expect("connected");
        let (mut accepted, peer) = listener.accept().expect("accepted");
        client.write_all(b"x").expect("sent");
        drop(client);
        let mut rest = Vec::new();
        accepted.read_to_end(&mut rest).expect("its end");
        assert_eq!(rest, b"x");
        assert_eq!(owner(peer, own).expect("the kernel answers"), None);
        assert_eq!(table::owner(peer, own), None);
        assert!(!is_this_user(peer, own));
    }

    #[test]
    fn an_answer_names_a_user_or_nobody_and_anything_else_is_an_error() {
        let mut answer = vec![0; USER + 8];
        answer[INODE..].copy_from_slice(&77_u32.to_ne_bytes());
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        answer[PORTS..PORTS + 4].copy_from_slice(&[0, 1, 0, 2]);
        answer[USER..USER + 4].copy_from_slice(&1001_u32.to_ne_bytes());
        assert_eq!(user(&answer, 1, 2).expect("an answer"), Some(1001));
        assert_eq!(user(&answer, 1, 3).expect("an answer"), None, "it listens on port 1, and is connected to nobody");
        assert!(user(&answer[..USER + 3], 1, 2).is_err());
        assert_eq!(user(&answer[..INODE], 1, 2).expect("an answer"), None);
        answer[USER..].fill(0);
        assert_eq!(user(&answer, 1, 2).expect("an answer"), None, "no program has it any more");
        answer[4..6].copy_from_slice(&ERROR.to_ne_bytes());
        assert!(user(&answer, 1, 2).is_err());
        answer[NETLINK_HEAD..NETLINK_HEAD + 4].copy_from_slice(&NO_SUCH.to_ne_bytes());
        assert_eq!(user(&answer, 1, 2).expect("an answer"), None);
        assert!(user(&[], 1, 2).is_err());
    }
}
