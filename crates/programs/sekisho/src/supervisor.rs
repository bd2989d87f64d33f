//! Notifies the supervisor that started this process (systemd, or another that speaks `sd_notify`): when it is ready, when it stops,
//! and which process is the main one, which changes with an upgrade.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The variable with the supervisor's socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Notifies that this process is ready and is the main one. Without a supervisor that listens, nothing happens.
pub(crate) fn ready() {
    notify(&format!("READY=1\nMAINPID={}\n", std::process::id()));
}

/// Notifies that the service stops. A process that a new one has replaced must not call it: the service goes on.
pub(crate) fn stopping() {
    notify("STOPPING=1\n");
}

fn notify(state: &str) {
    let Some(socket) = std::env::var_os(SOCKET) else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "the supervisor could not be notified");
    }
}

fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    let address = match socket.as_bytes().split_first() {
        // A name in Linux's abstract namespace.
        Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_is_notified_by_path_and_by_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        let name = format!("sekisho-test-{}", std::process::id());
        let by_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let abstract_name = format!("@{name}");
        for (socket, address) in [(&by_path, path.as_os_str()), (&by_name, OsStr::new(&abstract_name))] {
            send(address, "STOPPING=1\n").unwrap();
            let mut state = [0; 64];
            let length = socket.recv(&mut state).unwrap();
            assert_eq!(&state[..length], b"STOPPING=1\n");
        }
    }

    #[test]
    fn a_socket_that_is_gone_is_an_error() {
        assert!(send(OsStr::new("/nowhere/notify"), "READY=1\n").is_err());
    }
}
