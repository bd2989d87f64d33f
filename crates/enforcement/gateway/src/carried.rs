//! What tunnels carry, counted while they are open: the end of each is recorded with it, however it ends.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use sekisho_model::Carried;
use sekisho_policy_administrator::StreamKey;
use tokio::time::Instant;

/// The counts of one worker's open tunnels.
#[derive(Default)]
pub(crate) struct CarriedBytes(RefCell<HashMap<StreamKey, Rc<Count>>>);

/// What one tunnel carried so far.
pub(crate) struct Count {
    bytes_in: Cell<u64>,
    bytes_out: Cell<u64>,
    opened: Instant,
}

impl CarriedBytes {
    pub(crate) fn begin(&self, key: StreamKey) -> Rc<Count> {
        let count = Rc::new(Count { bytes_in: Cell::new(0), bytes_out: Cell::new(0), opened: Instant::now() });
        self.0.borrow_mut().insert(key, count.clone());
        count
    }

    /// Ends the count of a tunnel; `None` for any other exchange.
    pub(crate) fn take(&self, key: StreamKey) -> Option<Carried> {
        let count = self.0.borrow_mut().remove(&key)?;
        let duration_ms = u64::try_from(count.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        Some(Carried { bytes_in: count.bytes_in.get(), bytes_out: count.bytes_out.get(), duration_ms })
    }
}

impl Count {
    /// Bytes that went to the resource.
    pub(crate) fn went_in(&self, bytes: usize) {
        add(&self.bytes_in, bytes);
    }

    /// Bytes that came from it.
    pub(crate) fn came_out(&self, bytes: usize) {
        add(&self.bytes_out, bytes);
    }

    /// Bytes that went to the resource so far.
    pub(crate) const fn bytes_in(&self) -> u64 {
        self.bytes_in.get()
    }

    /// Bytes that came from it so far.
    pub(crate) const fn bytes_out(&self) -> u64 {
        self.bytes_out.get()
    }

    /// All bytes so far.
    pub(crate) fn total(&self) -> u64 {
        self.bytes_in.get().saturating_add(self.bytes_out.get())
    }
}

fn add(to: &Cell<u64>, bytes: usize) {
    to.set(to.get().saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX)));
}
