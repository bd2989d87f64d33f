//! A bounded queue out of the request path. Putting something in never waits: what finds no room is lost, and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crate::observation::Observation;

/// How long the other end gathers once something came. While it does it is not woken, so putting in costs no system call.
const GATHERED: Duration = Duration::from_millis(20);

/// The end in the request path.
#[derive(Debug, Clone)]
pub struct Outlet {
    sender: SyncSender<Observation>,
    lost: Lost,
}

/// The end of the writer.
#[derive(Debug)]
pub struct Inlet {
    receiver: Receiver<Observation>,
    /// What was lost, also by the writer.
    pub lost: Lost,
}

/// How much was lost.
#[derive(Debug, Clone, Default)]
pub struct Lost(Arc<AtomicU64>);

/// A queue for at most `places` observations.
#[must_use]
pub fn outlet(places: usize) -> (Outlet, Inlet) {
    let (sender, receiver) = sync_channel(places);
    let lost = Lost::default();
    (Outlet { sender, lost: lost.clone() }, Inlet { receiver, lost })
}

impl Outlet {
    /// Puts an observation into the queue. A full queue loses it, and counts the loss.
    pub fn tell(&self, observation: Observation) {
        if self.sender.try_send(observation).is_err() {
            self.lost.add(1);
        }
    }
}

impl Inlet {
    /// Waits for observations, and returns at most `most` of them: an empty list when none came within `patience`, `None` when
    /// none can come any more.
    #[must_use]
    pub fn next(&self, patience: Duration, most: usize) -> Option<Vec<Observation>> {
        match self.receiver.recv_timeout(patience) {
            Ok(first) => {
                std::thread::sleep(GATHERED);
                Some(std::iter::once(first).chain(self.receiver.try_iter()).take(most).collect())
            }
            Err(RecvTimeoutError::Timeout) => Some(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// What is there already.
    #[must_use]
    pub fn rest(&self, most: usize) -> Vec<Observation> {
        self.receiver.try_iter().take(most).collect()
    }
}

impl Lost {
    /// Counts observations that were lost.
    pub fn add(&self, count: usize) {
        self.0.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How much so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_lost_and_nobody_waits() {
        let (outlet, inlet) = outlet(3);
        (0..10).for_each(|_| outlet.tell(Observation::example()));
        assert_eq!(inlet.lost.count(), 7);
        assert_eq!(inlet.next(Duration::ZERO, 2).expect("the queue").len(), 2);
        assert_eq!(inlet.rest(5).len(), 1);
        assert!(inlet.next(Duration::ZERO, 2).expect("the queue").is_empty());
        drop(outlet);
        assert!(inlet.next(Duration::ZERO, 2).is_none());
    }
}
