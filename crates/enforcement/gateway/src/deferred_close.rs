//! Closes what cut streams leave behind, connections to resources mostly, after everybody whose streams are cut in the same turn
//! was told. Nothing is read from it or written to it any more.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The most that is closed in one turn. Then other tasks go first.
const AT_ONCE: usize = 16;

/// What one worker has still to close.
#[derive(Default)]
pub(crate) struct DeferredClose(Rc<RefCell<VecDeque<Box<dyn Any>>>>);

impl DeferredClose {
    /// Closes, by dropping it, what a cut stream leaves behind: later, but before anything waits.
    pub(crate) fn close_later(&self, left: impl Any) {
        let mut waiting = self.0.borrow_mut();
        waiting.push_back(Box::new(left));
        if waiting.len() == 1 {
            tokio::task::spawn_local(close(self.0.clone()));
        }
    }
}

async fn close(left: Rc<RefCell<VecDeque<Box<dyn Any>>>>) {
    loop {
        tokio::task::yield_now().await;
        let mut closing = {
            let mut waiting = left.borrow_mut();
            let at_once = waiting.len().min(AT_ONCE);
            waiting.drain(..at_once).collect::<Vec<_>>()
        };
        // Outside of the borrow: what is dropped may leave something itself.
        closing.clear();
        if left.borrow().is_empty() {
            return;
        }
    }
}
