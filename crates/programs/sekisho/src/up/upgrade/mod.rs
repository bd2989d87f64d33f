//! The upgrade to a new binary: a running process gives its sockets and its ledger to the one that replaces it.
//!
//! 1. The old process starts the new binary with `--take-over`; a private socket is the new one's standard input.
//! 2. It sends who it is, the listening sockets themselves, and a channel for the ledger.
//! 3. The new one opens store and keys, asks for the ledger, opens it, and from then on also records what the old one sends.
//! 4. The new one starts everything and accepts from the same sockets: it is ready. The old one accepts nothing more.
//! 5. The old one serves what is open, for at most the configured time, and ends.
//!
//! When the new process ends, or is not ready in time, the old one opens the ledger again and goes on: nobody notices.

mod channel;
mod giving;
mod taking;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use sekisho_gateway::ListeningSocket;
use serde::{Deserialize, Serialize};

pub(super) use giving::{Successor, give};
pub(crate) use taking::Predecessor;

use crate::configuration::{Configuration, StoreSetting};

/// What the old process tells first: what the new one must have in common with it, and which sockets follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hello {
    same: Same,
    sockets: Vec<SocketName>,
    /// The address that metrics are served on, as it was configured.
    operation: Option<SocketAddr>,
}

/// Every socket that is handed over.
#[derive(Debug, Default)]
pub(in crate::up) struct Sockets {
    /// The gateway's.
    pub(in crate::up) gateway: Vec<ListeningSocket>,
    /// The one that metrics are served on.
    pub(in crate::up) operation: Option<(SocketAddr, TcpListener)>,
}

/// What two processes that share a ledger and a store have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Same {
    data: PathBuf,
    domain: String,
    store: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SocketName {
    wanted: SocketAddr,
    redirects: bool,
}

/// What the new process says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Says {
    /// It needs the ledger now.
    NeedsLedger,
    /// It serves.
    Ready,
    /// It cannot.
    Failed(String),
}

/// What the old process answers to [`Says::NeedsLedger`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct LedgerIsFree;

impl Same {
    fn of(configuration: &Configuration) -> Self {
        Self {
            // The folder exists, or there would be nothing to hand over.
            data: configuration.data.canonicalize().unwrap_or_else(|_| configuration.data.clone()),
            domain: configuration.domain.to_string(),
            store: match &configuration.store {
                StoreSetting::Embedded => "embedded".to_owned(),
                StoreSetting::Postgres(url) => url.clone(),
            },
        }
    }

    /// The first setting that differs.
    fn differs(&self, other: &Self) -> Option<&'static str> {
        [
            ("data", self.data != other.data),
            ("domain", self.domain != other.domain),
            ("store", self.store != other.store),
        ]
        .into_iter()
        .find_map(|(name, differs)| differs.then_some(name))
    }
}
