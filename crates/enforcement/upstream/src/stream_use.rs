//! How the streams of one HTTP/2 connection to an upstream are used: how many are open, since when none is, and who resets.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use sekisho_model::facts::Handle;
use tokio::time::Instant;

use crate::resets::{Resets, Risk};

/// The use of one connection.
pub(crate) struct StreamUse {
    pub(crate) resets: Rc<Resets>,
    open: Cell<usize>,
    last: Cell<Instant>,
}

/// One exchange on a connection, for as long as it lasts.
pub(crate) struct Stream {
    used: Rc<StreamUse>,
    risk: Risk,
}

impl StreamUse {
    pub(crate) fn new() -> Self {
        Self { resets: Rc::default(), open: Cell::new(0), last: Cell::new(Instant::now()) }
    }

    /// A person begins a stream.
    pub(crate) fn begin(self: &Rc<Self>, person: Handle) -> Stream {
        self.open.set(self.open.get() + 1);
        let risk = self.resets.begin(person);
        Stream { used: self.clone(), risk }
    }

    /// How many streams are open.
    pub(crate) const fn open(&self) -> usize {
        self.open.get()
    }

    /// How long ago the last stream ended.
    pub(crate) fn idle(&self) -> Duration {
        self.last.get().elapsed()
    }
}

impl Stream {
    /// It came to its end, or the upstream ended it: dropping it resets nothing.
    pub(crate) fn is_over(&self) {
        self.risk.is_over();
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.used.open.set(self.used.open.get().saturating_sub(1));
        self.used.last.set(Instant::now());
    }
}
