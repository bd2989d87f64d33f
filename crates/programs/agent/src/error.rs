//! What can go wrong for an agent, and what to do about it.

use std::path::PathBuf;

/// Why the agent could not do something.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key can be read by others.
    #[error("{} can be read by others (mode {mode:04o}): somebody may have copied the key; enrol again, or `chmod 600` it if nobody did", path.display())]
    KeyExposed {
        /// The key's file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The folder does not hold an enrolment.
    #[error("{} holds no enrolment: run `sekisho agent enroll` first", .0.display())]
    NotEnrolled(PathBuf),
    /// The folder holds an enrolment already.
    #[error("{} holds an enrolment already: remove the folder to enrol again", .0.display())]
    Enrolled(PathBuf),
    /// A file holds something else than it should.
    #[error("{} is damaged: enrol again", .0.display())]
    Damaged(PathBuf),
    /// The server's address is not one.
    #[error("`{}` is not the address of a host of the platform: write `https://` and its name, for example `https://devices.example.jp`", .0.escape_debug())]
    Address(String),
    /// The server's CA or its pin is not one.
    #[error("the server's CA is not usable: give its certificate in PEM, or its SHA-256 as 64 hexadecimal digits")]
    Trust,
    /// The server could not be reached.
    #[error("{server} could not be reached: {source}")]
    Unreachable {
        /// Which server.
        server: String,
        /// Why.
        source: std::io::Error,
    },
    /// The exchange with the server broke off.
    #[error("the exchange with {server} broke off: {why}")]
    Exchange {
        /// Which server.
        server: String,
        /// Why.
        why: String,
    },
    /// The server refused.
    #[error("the server refused ({code}): {detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The stable code.
        code: String,
        /// What it says.
        detail: String,
    },
    /// The server speaks of another portal than the one that the device was enrolled for.
    #[error("the server speaks of the portal `{}`, and this device was enrolled for another: nothing was signed", .0.escape_debug())]
    OtherPortal(String),
    /// The device's key does not sign.
    #[error("the device's key does not sign: enrol again")]
    Unsigned,
    /// A key or certificate request could not be made.
    #[error("a key or certificate request could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// rustls did not take the key or certificate.
    #[error("the device's certificate is not usable: {0}")]
    Tls(#[from] rustls::Error),
    /// The packet filter did not take the rules.
    #[error(
        "the packet filter was not changed: {0}; the agent needs nftables and the right to change it (run it as root)"
    )]
    Filter(String),
    /// The platform was not reached under the new rules.
    #[error("the platform was not reached under the new rules: the former ones are in force again")]
    Unconfirmed,
    /// The loopback address could not be used.
    #[error(
        "the proof service cannot listen on {address}: {source}; free the port, or choose another one with `--port` (`--agent-port` for the demonstration)"
    )]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}
