//! What went wrong with a request's body, kept apart from the upstream's errors: the client is at fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use sekisho_policy_enforcement::{Malformed, Refusal};

/// Any error of a body.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong with a request's body, and how many bytes of it went on. Empty for a request without a body.
#[derive(Debug, Clone, Default)]
pub struct BodyFault(Option<Arc<Watch>>);

#[derive(Debug, Default)]
struct Watch {
    fault: AtomicU8,
    bytes: AtomicU64,
}

const SOUND: u8 = 0;
const MALFORMED: u8 = 1;
const ENDED_EARLY: u8 = 2;
const TOO_SLOW: u8 = 3;
const WRONG_TRAILERS: u8 = 4;

/// The error that a body returns to its reader. The fault says more.
#[derive(Debug, thiserror::Error)]
#[error("the request body is {0}")]
pub(crate) struct BodyBroken(&'static str);

impl BodyFault {
    /// For a body that is there.
    pub(crate) fn watching() -> Self {
        Self(Some(Arc::default()))
    }

    /// Counts bytes of the body that went on.
    pub(crate) fn moves(&self, bytes: usize) {
        if let Some(watch) = &self.0 {
            watch.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// How many bytes went on.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |watch| watch.bytes.load(Ordering::Relaxed))
    }

    /// The refusal that the fault calls for, if there was one.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self.0.as_ref().map_or(SOUND, |watch| watch.fault.load(Ordering::Relaxed)) {
            SOUND => None,
            MALFORMED => Some(Refusal::Malformed(Malformed::Chunk)),
            ENDED_EARLY => Some(Refusal::Malformed(Malformed::BodyEnd)),
            WRONG_TRAILERS => Some(Refusal::Malformed(Malformed::Trailers)),
            _ => Some(Refusal::TooSlow),
        }
    }

    pub(crate) fn ended_early(&self) -> BodyError {
        self.raise(ENDED_EARLY, "cut short")
    }

    pub(crate) fn too_slow(&self) -> BodyError {
        self.raise(TOO_SLOW, "too slow")
    }

    pub(crate) fn wrong_trailers(&self) -> BodyError {
        self.raise(WRONG_TRAILERS, "followed by fields that only a head has")
    }

    pub(crate) fn malformed(&self) -> BodyError {
        self.raise(MALFORMED, "malformed")
    }

    fn raise(&self, fault: u8, what: &'static str) -> BodyError {
        if let Some(watch) = &self.0 {
            watch.fault.store(fault, Ordering::Relaxed);
        }
        Box::new(BodyBroken(what))
    }
}
