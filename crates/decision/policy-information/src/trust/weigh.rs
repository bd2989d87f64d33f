//! Which signals count for a request now.

use arcstr::{ArcStr, literal};
use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{AccessRequest, Evidence, NetworkFacts, SessionFacts, SignalId, Timestamp};

use super::names::{FAILED_SIGN_INS, NOT_COMPLIANT, THREAT_ADDRESS};
use super::risk::{Contribution, Risk};
use crate::World;
use crate::view::View;

/// How much a device that fails a check adds.
const NOT_COMPLIANT_WEIGHT: u8 = 40;

/// A signal as it is weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActiveSignal {
    pub(crate) id: SignalId,
    pub(crate) name: ArcStr,
    pub(crate) weight: u8,
    pub(crate) seen_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

impl ActiveSignal {
    /// Whether strangers can raise it by failing on purpose: it weighs on who signs in after it, and on nothing that was proven before.
    fn weighs_on_sign_ins(&self) -> bool {
        self.name == FAILED_SIGN_INS
    }

    fn contribution(&self) -> Contribution {
        Contribution::new(self.name.clone(), self.weight, Some(self.ends_at))
    }

    /// Whether it counts for a session.
    fn concerns(&self, session: &SessionFacts) -> bool {
        !self.weighs_on_sign_ins() || self.seen_at <= session.established_at
    }
}

impl World {
    /// The risk of a request now.
    #[must_use]
    pub fn risk(&self, request: &AccessRequest, now: Timestamp) -> Risk {
        self.risk_of(request.session(), request.device(), request.network(), now)
    }

    /// The risk of a request with these parts now.
    #[must_use]
    pub fn risk_of(
        &self,
        session: &SessionFacts,
        device: &Evidence<Handle>,
        network: &NetworkFacts,
        now: Timestamp,
    ) -> Risk {
        let device = match device {
            Evidence::Known(device) | Evidence::Stale { value: device, .. } => Some(*device),
            Evidence::Unknown(_) => None,
        };
        let signals = self.view.signals_of(session.subject, now).filter(|signal| signal.concerns(session));
        let mut parts: Vec<Contribution> = signals.map(ActiveSignal::contribution).collect();
        if let Some(device) = device {
            parts.extend(self.view.signals_of(device, now).map(ActiveSignal::contribution));
            parts.extend(self.view.standing_of(device));
        }
        if network.threat() > 0 {
            parts.push(Contribution::new(literal!(THREAT_ADDRESS), network.threat(), None));
        }
        Risk::new(parts)
    }

    /// The risk of a user or device by itself now.
    #[must_use]
    pub fn entity_risk(&self, entity: Handle, now: Timestamp) -> Risk {
        self.view.entity_risk(entity, now)
    }
}

impl View {
    /// The risk of a user or device by itself now.
    pub(crate) fn entity_risk(&self, entity: Handle, now: Timestamp) -> Risk {
        let signals = self.signals_of(entity, now).filter(|signal| !signal.weighs_on_sign_ins());
        Risk::new(signals.map(ActiveSignal::contribution).chain(self.standing_of(entity)).collect())
    }

    fn signals_of(&self, about: Handle, now: Timestamp) -> impl Iterator<Item = &ActiveSignal> {
        let signals = self.signals.get(&about).map_or(&[][..], |signals| signals.as_slice());
        signals.iter().filter(move |signal| now < signal.ends_at)
    }

    fn standing_of(&self, entity: Handle) -> Option<Contribution> {
        let weight = standing(self.facts.get(entity)?.get(Slot::Compliant));
        (weight > 0).then(|| Contribution::new(literal!(NOT_COMPLIANT), weight, None))
    }
}

/// What a device's compliance adds to its risk, whatever the time.
pub(crate) const fn standing(compliant: &Fact) -> u8 {
    match compliant {
        Fact::Bool(false) => NOT_COMPLIANT_WEIGHT,
        _ => 0,
    }
}
