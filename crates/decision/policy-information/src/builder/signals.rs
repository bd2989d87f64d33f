//! Risk signals, by whom or what they are about, and the risks that come of them.

use std::sync::Arc;

use sekisho_model::documents::{Kind, Signal, SignalTarget};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{SignalId, Timestamp};
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::FoldProblem;
use crate::trust::ActiveSignal;

impl WorldBuilder {
    pub(super) fn fold_signal(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let put = match body {
            Some(body) => {
                let signal: Signal = read(Kind::Signal, id, "id", body)?;
                let about = match &signal.about {
                    SignalTarget::User(user) => self.name(EntityType::User, user.as_str(), (Kind::Signal, id)),
                    SignalTarget::Device(device) => self.name(EntityType::Device, device.as_str(), (Kind::Signal, id)),
                };
                Some((about?, signal))
            }
            None => None,
        };
        if let Ok(id) = id.parse::<SignalId>() {
            self.remove_signal(&id);
        }
        if let Some((about, signal)) = put {
            let name = self.pool.name(&signal.name);
            let Signal { id, weight, seen_at, ends_at, .. } = signal;
            let active = ActiveSignal { id, name, weight, seen_at, ends_at };
            self.signal_targets.insert(active.id.clone(), about);
            let signals = Arc::make_mut(self.view.signals.entry(about).or_default());
            signals.push(active);
            signals.sort_unstable_by(|a, b| a.id.cmp(&b.id));
            self.signals_changed(about);
        }
        Ok(())
    }

    fn remove_signal(&mut self, id: &SignalId) {
        let Some(about) = self.signal_targets.remove(id) else { return };
        if let Some(signals) = self.view.signals.get_mut(&about) {
            let signals = Arc::make_mut(signals);
            signals.retain(|signal| signal.id != *id);
            if signals.is_empty() {
                self.view.signals.remove(&about);
            }
        }
        self.signals_changed(about);
    }

    fn signals_changed(&mut self, about: Handle) {
        self.changed.entity(about);
        self.reweighed.insert(about);
    }

    /// Notes that a user's or device's facts were made anew, without its signals in them.
    pub(super) fn weigh_again(&mut self, entity: Handle) {
        if self.view.signals.contains_key(&entity) {
            self.reweighed.insert(entity);
        }
    }

    /// Brings `user.risk` and `device.risk` to what the signals say now.
    pub(super) fn weigh_entities(&mut self, now: Timestamp) {
        while let Some((at, entity)) = self.signal_ends.get_min().copied().filter(|(at, _)| *at <= now) {
            self.signal_ends.remove(&(at, entity));
            self.reweighed.insert(entity);
        }
        for entity in std::mem::take(&mut self.reweighed) {
            let risk = self.view.entity_risk(entity, now);
            if let Some(at) = risk.changes_at {
                self.signal_ends.insert((at, entity));
            }
            let Some(facts) = self.view.facts.get(entity) else { continue };
            let weighed = Fact::Long(risk.score.into());
            if *facts.get(Slot::Risk) != weighed {
                let facts = facts.with(Slot::Risk, weighed);
                self.view.facts.insert(entity, facts);
                self.changed.entity(entity);
            }
        }
    }
}
