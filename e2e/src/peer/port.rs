//! Ports for servers that bind them by themselves, a moment after they were found free.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::Trouble;

/// Below the ports that the system gives to whoever connects: none of these is taken by chance.
const FIRST: u64 = 10_000;
const COUNT: u64 = 20_000;

/// A port that no server has, on any address.
pub fn server_port() -> Result<u16, Trouble> {
    let random = RandomState::new().build_hasher().finish();
    let ports = (0..COUNT).map(|at| FIRST + random.wrapping_add(at) % COUNT);
    ports
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok())
        .ok_or_else(|| Trouble::new("no port is free"))
}

/// Such a port on this machine's own address.
pub fn server_address() -> Result<SocketAddr, Trouble> {
    Ok((Ipv4Addr::LOCALHOST, server_port()?).into())
}
