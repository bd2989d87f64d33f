//! Watches the frames that an HTTP/2 client sends, for what the protocol library would bear for ever: a frame or a header
//! block that is begun and never finished, and floods of frames that ask for nothing.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::frame_follower::FrameFollower;
use super::stream_audit::StreamAudit;
use crate::inspected::Inspect;

/// More frames that ask for nothing (settings, pings, priorities, resets, empty data, windows opened by a few bytes, unknown
/// ones) than any client sends in a second.
pub(super) const MOST_IDLE_FRAMES: u32 = 1000;

/// The inspector of an HTTP/2 connection.
pub(super) struct FrameWatch {
    follower: FrameFollower,
    begun: Rc<Cell<Option<Instant>>>,
    second: Instant,
}

/// Tells when something begun was not finished in time.
pub(super) struct Stall(Rc<Cell<Option<Instant>>>);

impl FrameWatch {
    /// The inspector, and what is asked about what it sees.
    pub(super) fn new() -> (Self, Stall, StreamAudit) {
        let begun = Rc::new(Cell::new(None));
        let audit = StreamAudit::default();
        let follower = FrameFollower::new(audit.clone());
        (Self { follower, begun: begun.clone(), second: Instant::now() }, Stall(begun), audit)
    }
}

impl Inspect for FrameWatch {
    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.follower.follow(bytes);
        let begun = self.follower.is_inside().then(|| self.begun.get().unwrap_or_else(Instant::now));
        self.begun.set(begun);
        if self.second.elapsed() >= Duration::from_secs(1) {
            self.second = Instant::now();
            self.follower.idle_frames = 0;
            self.follower.chatter.frames = 0;
        }
        let idle = self.follower.idle_frames + self.follower.chatter.frames;
        if idle > MOST_IDLE_FRAMES || self.follower.is_wrong() {
            Err(io::ErrorKind::InvalidData.into())
        } else {
            Ok(())
        }
    }

    fn wrote(&mut self, bytes: usize) {
        self.follower.chatter.answered(bytes);
    }
}

impl Stall {
    /// Ready once something has been unfinished for that long.
    pub(super) async fn longer_than(&self, limit: Duration) {
        loop {
            sleep(limit / 4).await;
            if self.0.get().is_some_and(|begun| begun.elapsed() >= limit) {
                return;
            }
        }
    }
}
