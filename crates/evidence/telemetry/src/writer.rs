//! A thread that writes, and its end: what was told by then is written, if that takes no longer than a moment.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

/// How long an end waits for a disk or a collector that does not answer.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// How long a thread waits for something to write before it looks whether it shall end.
pub(crate) const TURN: Duration = Duration::from_millis(200);

/// A thread that writes.
#[derive(Debug)]
pub(crate) struct Writer {
    closing: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl Writer {
    /// Starts it. It ends when it finds that it shall.
    pub(crate) fn start(name: &str, write: impl FnOnce(&AtomicBool) + Send + 'static) -> io::Result<Self> {
        let closing = Arc::new(AtomicBool::new(false));
        let (end, ended) = sync_channel(1);
        let shall_end = closing.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            write(&shall_end);
            // Nobody may wait for it.
            let _ = end.send(());
        })?;
        Ok(Self { closing, ended })
    }

    /// Ends it.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        if self.ended.recv_timeout(LAST_WORDS).is_err() {
            tracing::warn!("what was told last of requests could not be written in time");
        }
    }
}
