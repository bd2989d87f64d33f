//! The thread that keeps the summaries of full bundles on the disk, so that no search has to make many of them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use crate::folder::Folder;
use crate::summaries::Summaries;

/// Tells the thread how many bundles are full and published.
pub(crate) struct Summariser {
    thread: SyncSender<u64>,
    told: u64,
}

impl Summariser {
    /// Starts the thread. It ends with this handle.
    pub(crate) fn start(folder: Arc<Folder>) -> std::io::Result<Self> {
        let (thread, counts) = sync_channel(1);
        std::thread::Builder::new().name("ledger-search".to_owned()).spawn(move || run(&folder, &counts))?;
        Ok(Self { thread, told: 0 })
    }

    /// Tells how many bundles are full. Returns whether that is to be told again because the thread is busy.
    pub(crate) fn tell(&mut self, full: u64) -> bool {
        if full <= self.told {
            return false;
        }
        match self.thread.try_send(full) {
            Err(TrySendError::Full(_)) => true,
            Ok(()) | Err(TrySendError::Disconnected(_)) => {
                self.told = full;
                false
            }
        }
    }
}

fn run(folder: &Folder, counts: &Receiver<u64>) {
    let (mut summaries, mut done) = (Summaries::new(folder), 0);
    while let Ok(mut full) = counts.recv() {
        while done < full {
            summaries.ensure(done);
            done += 1;
            match counts.try_recv() {
                Ok(more) => full = more,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }
}
