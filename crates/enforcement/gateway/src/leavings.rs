//! What cut streams leave behind, connections to resources mostly: it is closed when everybody whose streams are cut in the same
//! turn has been told. Nothing is read from it or written to it any more.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::worker::Worker;

/// So much is closed at once; then whoever has something to do goes first.
const AT_ONCE: usize = 16;

/// What one worker has still to close.
#[derive(Default)]
pub(crate) struct Leavings(RefCell<VecDeque<Box<dyn Any>>>);

/// Closes, by dropping it, what a cut stream leaves behind: later, but before anything waits.
pub(crate) fn close_later(worker: &Rc<Worker>, left: impl Any) {
    let mut waiting = worker.leavings.0.borrow_mut();
    waiting.push_back(Box::new(left));
    if waiting.len() == 1 {
        tokio::task::spawn_local(close(worker.clone()));
    }
}

async fn close(worker: Rc<Worker>) {
    loop {
        tokio::task::yield_now().await;
        let mut closing = {
            let mut waiting = worker.leavings.0.borrow_mut();
            let at_once = waiting.len().min(AT_ONCE);
            waiting.drain(..at_once).collect::<Vec<_>>()
        };
        // Outside of the borrow: what is dropped may leave something itself.
        closing.clear();
        if worker.leavings.0.borrow().is_empty() {
            return;
        }
    }
}
