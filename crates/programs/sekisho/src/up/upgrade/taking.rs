//! The new process's side: takes what the old one gives, and says when it is ready.

use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use sekisho_gateway::ListeningSocket;
use sekisho_ledger::Ledger;

use super::channel::Channel;
use super::{Hello, LedgerIsFree, Same, Says, Sockets};
use crate::cli::Failure;
use crate::configuration::Configuration;

/// How long the old process may take for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process that hands over to this one. While it lives, the channel to it stays open.
#[derive(Debug)]
pub(crate) struct Predecessor {
    channel: Channel,
    same: Same,
    records: UnixStream,
    sockets: Sockets,
}

impl Predecessor {
    /// The process at the other end of standard input.
    pub(crate) fn on_standard_input() -> Result<Self, Failure> {
        let received = io::stdin().as_fd().try_clone_to_owned().and_then(|input| {
            let channel = Channel(UnixStream::from(input));
            channel.0.set_read_timeout(Some(PATIENCE))?;
            let hello: Hello = channel.receive()?;
            let records = UnixStream::from(channel.receive_descriptor()?);
            let mut sockets = Sockets::default();
            for name in hello.sockets {
                let socket = TcpListener::from(channel.receive_descriptor()?);
                sockets.gateway.push(ListeningSocket { wanted: name.wanted, redirects: name.redirects, socket });
            }
            if let Some(wanted) = hello.operation {
                sockets.operation = Some((wanted, TcpListener::from(channel.receive_descriptor()?)));
            }
            Ok(Self { channel, same: hello.same, records, sockets })
        });
        received.map_err(|error| {
            Failure::usage(format_args!("`--take-over` is for `sekisho upgrade` alone: standard input gave {error}"))
        })
    }

    /// Refuses a configuration that does not fit what is handed over.
    pub(crate) fn check(&self, configuration: &Configuration) -> Result<(), Failure> {
        match self.same.differs(&Same::of(configuration)) {
            None => Ok(()),
            Some("domain") => Err(Failure::usage(
                "`domain` cannot change in an upgrade, nor otherwise: the ledger, passkeys and enrolled devices are bound to it; set it back",
            )),
            Some(field) => Err(Failure::usage(format_args!(
                "`{field}` cannot change in an upgrade: set it back, or stop the platform and start it again"
            ))),
        }
    }

    /// The sockets that it listened on.
    pub(in crate::up) fn take_sockets(&mut self) -> Sockets {
        std::mem::take(&mut self.sockets)
    }

    /// Has it let the ledger go, for `open` to open; then records what it sends.
    pub(crate) fn hand_over_ledger(&self, open: impl FnOnce() -> Result<Ledger, Failure>) -> Result<Ledger, Failure> {
        let free = self.channel.send(&Says::NeedsLedger).and_then(|()| self.channel.receive::<LedgerIsFree>());
        free.map_err(|error| Failure::failed(format_args!("the old process does not let the ledger go: {error}")))?;
        let ledger = open()?;
        let records = self.records.try_clone().map_err(Failure::failed)?;
        ledger.serve_earlier(records).map_err(Failure::failed)?;
        Ok(ledger)
    }

    /// Says that this process serves.
    pub(crate) fn ready(&self) -> Result<(), Failure> {
        self.channel.send(&Says::Ready).map_err(|error| Failure::failed(format_args!("the old process: {error}")))
    }

    /// Says why this process cannot.
    pub(crate) fn failed(&self, failure: &Failure) {
        // One that is gone needs no answer.
        let _ = self.channel.send(&Says::Failed(failure.to_string()));
    }
}
