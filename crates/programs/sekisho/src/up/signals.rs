//! The signals that a running platform hears.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::Failure;

/// Waits until the process is asked to stop.
pub(crate) async fn wait_for_signal() -> Result<(), Failure> {
    Signals::listen()?.stop().await;
    Ok(())
}

/// The signals, heard from the moment this value exists.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// To read the configuration again.
    pub(super) hangup: Signal,
    /// To hand over to a new binary.
    pub(super) upgrade: Signal,
}

impl Signals {
    /// Begins to listen.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let hear = |kind| signal(kind).map_err(Failure::failed);
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            hangup: hear(SignalKind::hangup())?,
            upgrade: hear(SignalKind::user_defined2())?,
        })
    }

    /// Waits until the process is asked to stop. May be cancelled.
    pub(crate) async fn stop(&mut self) {
        Self::either(&mut self.interrupt, &mut self.terminate).await;
    }

    /// Waits for any signal. May be cancelled.
    pub(super) async fn any(&mut self) -> Heard {
        tokio::select! {
            () = Self::either(&mut self.interrupt, &mut self.terminate) => Heard::Stop,
            _ = self.hangup.recv() => Heard::Reload,
            _ = self.upgrade.recv() => Heard::Upgrade,
        }
    }

    async fn either(one: &mut Signal, other: &mut Signal) {
        tokio::select! {
            _ = one.recv() => {}
            _ = other.recv() => {}
        }
    }
}

/// What a signal asks for.
pub(super) enum Heard {
    /// SIGINT or SIGTERM.
    Stop,
    /// SIGHUP.
    Reload,
    /// SIGUSR2.
    Upgrade,
}
