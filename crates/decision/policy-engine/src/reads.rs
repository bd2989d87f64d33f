//! What an evaluation read: the exact inputs under which its answer holds.

use sekisho_model::Timestamp;
use sekisho_model::facts::{ContextSlot, Handle};
use smallvec::SmallVec;

// A slot beyond the mask's last bit would be forgotten, and an answer remembered that no longer holds.
const _: () = assert!(ContextSlot::ALL.len() <= u64::BITS as usize, "widen `Reads::context`");

/// The inputs of an answer besides the policies, the principal and the resource, which every answer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Slots of `context`, as a bit mask.
    pub context: u64,
    /// Other entities.
    pub entities: SmallVec<[Handle; 4]>,
    /// Whether the posture of the request's device was asked for.
    pub posture: bool,
    /// The devices whose posture was asked for.
    pub reports: SmallVec<[Handle; 2]>,
    /// Until when the answer holds if none of these changes.
    pub until: Timestamp,
}

impl Reads {
    /// Nothing read yet.
    pub(crate) fn none() -> Self {
        Self {
            context: 0,
            entities: SmallVec::new(),
            posture: false,
            reports: SmallVec::new(),
            until: Timestamp::from_millis(i64::MAX),
        }
    }

    pub(crate) const fn slot(&mut self, slot: ContextSlot) {
        self.context |= 1 << slot.index();
    }

    pub(crate) fn entity(&mut self, handle: Handle) {
        if !self.entities.contains(&handle) {
            self.entities.push(handle);
        }
    }

    /// Notes that the posture of a device was asked for, which is the request's own or another one.
    pub(crate) fn report(&mut self, device: Handle, is_own: bool) {
        self.posture |= is_own;
        if !self.reports.contains(&device) {
            self.reports.push(device);
        }
    }

    pub(crate) fn holds_until(&mut self, at: Timestamp) {
        self.until = self.until.min(at);
    }

    /// Whether a slot was read.
    pub(crate) const fn has(&self, slot: ContextSlot) -> bool {
        self.context >> slot.index() & 1 == 1
    }

    /// What two answers read that stand together.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.context |= other.context;
        self.posture |= other.posture;
        other.reports.iter().for_each(|device| self.report(*device, false));
        other.entities.iter().for_each(|handle| self.entity(*handle));
        self.holds_until(other.until);
        self
    }

    /// The slots of `context` that were read.
    pub(crate) fn slots(&self) -> impl Iterator<Item = ContextSlot> + '_ {
        ContextSlot::ALL.iter().copied().filter(|slot| self.context >> slot.index() & 1 == 1)
    }
}
