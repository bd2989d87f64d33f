//! Tells the supervisor that started Sekisho (systemd and what speaks its `sd_notify`) when it serves, and which process is
//! the main one: after an upgrade that is another one.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The variable with the supervisor's socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Says that this process serves, and is the main one. Without a supervisor that listens, nothing happens.
pub(super) fn tell_ready() {
    let Some(socket) = std::env::var_os(SOCKET) else { return };
    let told = tell(&socket, &format!("READY=1\nMAINPID={}\n", std::process::id()));
    if let Err(error) = told {
        tracing::warn!(%error, "the supervisor could not be told that the platform serves");
    }
}

fn tell(socket: &OsStr, state: &str) -> io::Result<()> {
    let address = match socket.as_bytes().split_first() {
        // A name in Linux's abstract namespace.
        Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}
