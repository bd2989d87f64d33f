//! What is known of the network a request came over, indexed by slot.

use std::net::IpAddr;

use crate::facts::{ContextSlot, Fact};

/// What is known of the network the request came over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFacts {
    /// The address the request came from.
    pub ip: IpAddr,
    /// The other attributes of `context.network`, in the order of [`ContextSlot::NETWORK`].
    facts: [Fact; ContextSlot::NETWORK.len()],
}

impl NetworkFacts {
    /// An address of which nothing else is known: its threat score is 0.
    #[must_use]
    pub fn new(ip: IpAddr) -> Self {
        let nothing = Self { ip, facts: std::array::from_fn(|_| Fact::Absent) };
        nothing.with(ContextSlot::NetworkThreat, Fact::Long(0))
    }

    /// The same with one attribute replaced. Slots that are not in [`ContextSlot::NETWORK`] are ignored.
    #[must_use]
    pub fn with(mut self, slot: ContextSlot, fact: Fact) -> Self {
        if let Some(place) = slot.network_position().and_then(|at| self.facts.get_mut(at)) {
            *place = fact;
        }
        self
    }

    /// The attribute in a slot; [`Fact::Absent`] when it is not known.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: ContextSlot) -> &Fact {
        slot.network_position().and_then(|at| self.facts.get(at)).unwrap_or(&Fact::Absent)
    }

    /// The attributes in the order of [`ContextSlot::NETWORK`].
    #[inline]
    #[must_use]
    pub const fn facts(&self) -> &[Fact; ContextSlot::NETWORK.len()] {
        &self.facts
    }

    /// The configured zone of the address.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        match self.get(ContextSlot::NetworkZone) {
            Fact::String(zone) => Some(zone),
            _ => None,
        }
    }

    /// The threat score of the address, 0 to 100.
    #[must_use]
    pub fn threat(&self) -> u8 {
        match self.get(ContextSlot::NetworkThreat) {
            Fact::Long(score) => u8::try_from((*score).clamp(0, 100)).unwrap_or(100),
            _ => 0,
        }
    }
}
