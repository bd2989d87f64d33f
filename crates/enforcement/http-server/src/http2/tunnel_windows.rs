//! The windows of a connection that carries tunnels: one permitted tunnel widens them, and none before.

use std::cell::Cell;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

/// The most bytes of one tunnel that may be on their way from the client once a tunnel is permitted; before, the usual 64 KiB.
pub(super) const STREAM_WINDOW: u32 = 1024 * 1024;
/// The same of all tunnels of one connection together.
pub(super) const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// The longest frame that is taken where there are tunnels: with its head, as many bytes as four TLS records carry.
pub const TUNNEL_FRAME: u32 = 64 * 1024 - 9;

/// How long a client is given to acknowledge settings before it gets others.
const LATER: Duration = Duration::from_millis(10);

/// How much may be on its way from the client of one connection.
#[derive(Debug, Default)]
pub struct TunnelWindows {
    permitted: Notify,
    width: Cell<Width>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Width {
    /// As much as from any client.
    #[default]
    Usual,
    /// Still as much, because the client had not acknowledged the first settings.
    Late,
    /// As much as tunnels need.
    Wide,
}

impl TunnelWindows {
    /// Notes that a tunnel is permitted: the windows are widened.
    pub fn permit(&self) {
        if self.width.get() == Width::Usual {
            self.permitted.notify_one();
        }
    }

    /// Waits until the windows must be widened.
    pub(super) async fn widens(&self) {
        match self.width.get() {
            Width::Usual => self.permitted.notified().await,
            Width::Late => sleep(LATER).await,
            Width::Wide => std::future::pending().await,
        }
    }

    /// Notes whether they were.
    pub(super) fn widened(&self, done: bool) {
        self.width.set(if done { Width::Wide } else { Width::Late });
    }
}
