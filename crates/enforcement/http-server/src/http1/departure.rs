//! Notices that a client left while nobody reads from its connection: its body is lent to a resource that does not take it, or more waits
//! behind the request than is read ahead.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::halves::Presence;

/// How often the system is asked.
const LOOK: Duration = Duration::from_secs(1);
/// How long a client that sends no more may wait for its answer: some close their end after a body, and a resource may still take it.
const GRACE: Duration = Duration::from_secs(15);
/// How long more may wait behind a request than is read ahead. Who leaves with as much unsent as the systems between hold is not seen to.
const LONGEST_FULL: Duration = Duration::from_secs(60);

/// Looks at a connection once a second, for as long as nobody reads from it.
pub(super) struct DepartureWatch {
    presence: Presence,
    next: Option<Pin<Box<Sleep>>>,
    /// Since when it has been seen to be closed.
    closed_since: Option<Instant>,
    /// Since when nobody reads because too much waits.
    full_since: Option<Instant>,
}

impl DepartureWatch {
    pub(super) const fn new(presence: Presence) -> Self {
        Self { presence, next: None, closed_since: None, full_since: None }
    }

    /// Ready when the client has left, or when too much has waited for too long.
    pub(super) fn poll_departed(&mut self, is_full: bool, context: &mut Context<'_>) -> Poll<()> {
        self.full_since = self.full_since.filter(|_| is_full);
        loop {
            let next = self.next.get_or_insert_with(|| Box::pin(sleep(LOOK)));
            ready!(next.as_mut().poll(context));
            let now = Instant::now();
            next.as_mut().reset(now + LOOK);
            if is_full && now.duration_since(*self.full_since.get_or_insert(now)) >= LONGEST_FULL {
                return Poll::Ready(());
            }
            if !self.presence.has_left() {
                self.closed_since = None;
            } else if now.duration_since(*self.closed_since.get_or_insert(now)) >= GRACE {
                return Poll::Ready(());
            }
        }
    }
}
