//! What can go wrong for a terminal, and what to do about it.

use std::path::PathBuf;

use crate::said::{Cut, Denial};

/// Why a terminal could not do something.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// There is no session file.
    #[error("nobody is signed in ({} is not there): run `sekisho login`", .0.display())]
    NotSignedIn(PathBuf),
    /// The session file can be read by others.
    #[error("{} can be read by others (mode {mode:04o}): somebody may have copied it; run `sekisho logout`, then `sekisho login`", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The session file holds something else.
    #[error("{} is damaged: run `sekisho login`", .0.display())]
    Damaged(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no folder for the session file.
    #[error("neither HOME nor XDG_CONFIG_HOME is set: name the session's file with `--session FILE`")]
    NoHome,
    /// The device's key or the trusted authority cannot be used.
    #[error(transparent)]
    Agent(#[from] sekisho_agent::AgentError),
    /// The gateway could not be reached.
    #[error("{server} could not be reached: {why}")]
    Unreachable {
        /// Which.
        server: String,
        /// Why.
        why: String,
    },
    /// The gateway lets some connections be open, and not one more.
    #[error(
        "the gateway takes no further connection from this machine while {tunnels} tunnels are open on {connections}: close some, or have `connections_per_address` raised ({why})"
    )]
    NoFurtherConnection {
        /// What is open.
        tunnels: usize,
        /// The number of connections that carry them.
        connections: usize,
        /// What the attempt ended in.
        why: String,
    },
    /// The exchange broke off.
    #[error("the connection to the gateway broke off: {0}")]
    Broken(String),
    /// The gateway said no.
    #[error("{0}")]
    Denied(Box<Denial>),
    /// A tunnel was open, and is no longer permitted.
    #[error("{0}")]
    Cut(Box<Cut>),
    /// The person refused, or may not use this device.
    #[error("the sign-in was refused at the portal")]
    Refused,
    /// Nobody answered in time.
    #[error("nobody approved the sign-in in time: run `sekisho login` again")]
    Expired,
    /// The platform answered something else than a terminal's host.
    #[error("the answer is not from a terminals' host, which is `terminal.<domain>`: {0}")]
    Unexpected(String),
    /// A listener could not be opened.
    #[error("cannot listen on {place}: {source}; name another place with `--listen`")]
    Listen {
        /// Where.
        place: String,
        /// Why.
        source: std::io::Error,
    },
    /// The place to listen on is open to other machines.
    #[error(
        "{0} can be reached from other machines, which could then use your access: listen on 127.0.0.1, or say `--expose`"
    )]
    WouldExpose(std::net::SocketAddr),
}

impl From<h2::Error> for TerminalError {
    fn from(error: h2::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
