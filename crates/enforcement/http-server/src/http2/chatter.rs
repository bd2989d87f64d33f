//! Counts pings and small windows of an HTTP/2 client. Clients of gRPC send both with every small message that they get: what is
//! exchanged beside them forgives them, and what only answers them does not.

/// The length of the answer to a ping, and of that to settings.
pub(super) const PING_ANSWER: usize = 17;
pub(super) const SETTINGS_ANSWER: usize = 9;
/// As many bytes for the client forgive one frame: the smallest message of gRPC with its frame's head.
const FORGIVING: usize = 15;

/// The count of one connection.
#[derive(Debug, Default)]
pub(super) struct Chatter {
    /// Frames that are not forgiven.
    pub(super) frames: u32,
    /// Bytes that will be written as answers to frames that ask for nothing else.
    owed: usize,
    /// Bytes that were written and have forgiven nothing yet.
    credit: usize,
}

impl Chatter {
    /// Counts a frame, and the bytes that answer it.
    pub(super) const fn is_asked(&mut self, answer: usize) {
        self.frames = self.frames.saturating_add(1);
        self.is_owed(answer);
    }

    /// Notes bytes that will answer a frame which is counted elsewhere.
    pub(super) const fn is_owed(&mut self, answer: usize) {
        self.owed = self.owed.saturating_add(answer);
    }

    /// Notes bytes that were written.
    pub(super) fn answered(&mut self, written: usize) {
        let paid = self.owed.min(written);
        self.owed -= paid;
        self.credit += written - paid;
        self.forgive(u32::try_from(self.credit / FORGIVING).unwrap_or(u32::MAX));
        self.credit %= FORGIVING;
    }

    /// Takes frames off the count.
    pub(super) const fn forgive(&mut self, frames: u32) {
        self.frames = self.frames.saturating_sub(frames);
    }
}
