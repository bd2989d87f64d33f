//! What the protocol library does not report about the streams of a connection: a path with a fragment, and wrong fields after
//! a body. The frame watch notes it, and the task that serves the stream asks.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The findings of one connection. A lock, because bodies may be read on another thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct StreamAudit(Arc<Mutex<Findings>>);

#[derive(Debug, Default)]
struct Findings {
    with_fragment: BTreeSet<u32>,
    with_wrong_trailers: BTreeSet<u32>,
}

impl StreamAudit {
    /// Notes that a stream's `:path` has a fragment.
    pub(super) fn note_fragment(&self, stream: u32) {
        self.findings().with_fragment.insert(stream);
    }

    /// Notes that a pseudo-header field follows a stream's body.
    pub(super) fn note_wrong_trailers(&self, stream: u32) {
        self.findings().with_wrong_trailers.insert(stream);
    }

    /// Whether a stream's `:path` has a fragment. Answers once for each stream.
    pub(crate) fn had_fragment(&self, stream: u32) -> bool {
        self.findings().with_fragment.remove(&stream)
    }

    /// Whether a pseudo-header field follows a stream's body.
    pub(crate) fn has_wrong_trailers(&self, stream: u32) -> bool {
        self.findings().with_wrong_trailers.contains(&stream)
    }

    /// Forgets a stream that is over.
    pub(crate) fn forget(&self, stream: u32) {
        self.findings().with_wrong_trailers.remove(&stream);
    }

    /// How many findings wait to be asked for.
    pub(super) fn count(&self) -> usize {
        let findings = self.findings();
        findings.with_fragment.len() + findings.with_wrong_trailers.len()
    }

    fn findings(&self) -> MutexGuard<'_, Findings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
