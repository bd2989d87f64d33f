//! Assessments, by what they are about, and the facts that follow from them.
//!
//! The table [`ASSESSABLE`] says which attribute an assessment may set. Like risks, assessed facts are computed when a World
//! is published: an assessment that has ended counts until the next publication, which follows within a second.

use std::sync::Arc;

use ipnet::IpNet;
use sekisho_model::documents::{Assessment, AssessmentTarget, Kind};
use sekisho_model::facts::{ASSESSABLE, Assessable, AssessedSlot, EntityType, Fact, Handle};
use sekisho_model::{AssessmentId, SessionId, Timestamp};
use serde_json::Value;

use super::assessed::{Assessed, Target};
use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;
use crate::networks::{canonical, is_narrow};

impl WorldBuilder {
    pub(super) fn fold_assessment(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let put = match body {
            Some(body) => Some(self.read_assessment(id, &read(Kind::Assessment, id, "id", body)?)?),
            None => None,
        };
        if let Ok(id) = id.parse::<AssessmentId>() {
            self.remove_assessment(&id);
        }
        if let Some((target, assessed)) = put {
            self.assessment_targets.insert(assessed.id.clone(), target);
            let all = Arc::make_mut(self.assessed.entry(target).or_default());
            all.push(assessed);
            all.sort_unstable_by(|a, b| (a.until, &a.id).cmp(&(b.until, &b.id)));
            self.reassessed.insert(target);
        }
        Ok(())
    }

    fn read_assessment(&self, id: &str, assessment: &Assessment) -> Result<(Target, Assessed), FoldProblem> {
        let entity = |kind, name: &str| {
            let handle = self.name(kind, name, (Kind::Assessment, id))?;
            Ok(Target::Entity(handle))
        };
        let target = match &assessment.about {
            AssessmentTarget::User(user) => entity(EntityType::User, user.as_str())?,
            AssessmentTarget::Workload(workload) => entity(EntityType::Workload, workload.as_str())?,
            AssessmentTarget::Device(device) => entity(EntityType::Device, device.as_str())?,
            AssessmentTarget::Resource(resource) => entity(EntityType::Resource, resource.as_str())?,
            AssessmentTarget::Session(session) => Target::Session(*session),
            AssessmentTarget::Address(network) if is_narrow(*network) => Target::Address(canonical(*network)),
            AssessmentTarget::Address(network) => {
                let message = format!("`about`: {network} is too wide: write at most /8 (IPv4) or /16 (IPv6)");
                return Err(unreadable(Kind::Assessment, id, message));
            }
        };
        let wrong = |field: &str, message: String| unreadable(Kind::Assessment, id, format!("`{field}`: {message}"));
        let row = row(target, &assessment.slot).ok_or_else(|| {
            let known: Vec<&str> = rows(target).map(|row| row.slot.name()).collect();
            wrong("slot", format!("`{}` cannot be assessed here: write one of [{}]", assessment.slot, known.join(", ")))
        })?;
        let value = row.range.fact(&assessment.value).map_err(|message| wrong("value", message))?;
        Ok((target, Assessed { id: assessment.id.clone(), row, value, until: assessment.until }))
    }

    fn remove_assessment(&mut self, id: &AssessmentId) {
        let Some(target) = self.assessment_targets.remove(id) else { return };
        if let Some(all) = self.assessed.get_mut(&target) {
            let all = Arc::make_mut(all);
            all.retain(|assessed| assessed.id != *id);
            if all.is_empty() {
                self.assessed.remove(&target);
            }
        }
        self.reassessed.insert(target);
    }

    /// Gives an entity back what the platform itself knows of it. Called before its facts are made again from documents.
    pub(super) fn unassess(&mut self, entity: Handle) {
        for row in rows(Target::Entity(entity)) {
            let AssessedSlot::Entity(_, slot) = row.slot else { continue };
            let Some(known) = self.unassessed.remove(&(entity, slot)) else { continue };
            if let Some(facts) = self.view.facts.get(entity).map(|facts| facts.with(slot, known)) {
                self.view.facts.insert(entity, facts);
            }
        }
        if self.assessed.contains_key(&Target::Entity(entity)) {
            self.reassessed.insert(Target::Entity(entity));
        }
    }

    /// Brings the facts to what the assessments that have not ended say now.
    pub(super) fn assess(&mut self, now: Timestamp) {
        while let Some((at, target)) = self.assessment_ends.get_min().copied().filter(|(at, _)| *at <= now) {
            self.assessment_ends.remove(&(at, target));
            self.reassessed.insert(target);
        }
        for target in std::mem::take(&mut self.reassessed) {
            let mut counting: Vec<Assessed> = self.assessed.get(&target).map(|all| all.to_vec()).unwrap_or_default();
            counting.retain(|assessed| now < assessed.until);
            if let Some(first) = counting.first() {
                self.assessment_ends.insert((first.until, target));
            }
            match target {
                Target::Entity(entity) => self.assess_entity(entity, &counting),
                Target::Session(session) => self.assess_session(session, &counting),
                Target::Address(network) => self.assess_address(network, &counting),
            }
        }
    }

    fn assess_entity(&mut self, entity: Handle, counting: &[Assessed]) {
        let Some(mut facts) = self.view.facts.get(entity).cloned() else { return };
        let mut is_changed = false;
        for row in rows(Target::Entity(entity)) {
            let AssessedSlot::Entity(_, slot) = row.slot else { continue };
            let shown = facts.get(slot).clone();
            let known = self.unassessed.remove(&(entity, slot)).unwrap_or_else(|| shown.clone());
            let fact = combined(row, &known, counting);
            if fact != known {
                self.unassessed.insert((entity, slot), known);
            }
            if fact != shown {
                facts = facts.with(slot, fact);
                is_changed = true;
            }
        }
        if is_changed {
            self.view.facts.insert(entity, facts);
            self.changed.entity(entity);
        }
    }

    fn assess_session(&mut self, session: SessionId, counting: &[Assessed]) {
        let row = rows(Target::Session(session)).find(|row| counting.iter().any(|assessed| assessed.row == *row));
        let limit = row.map(|row| combined(row, &Fact::Absent, counting));
        match limit {
            Some(Fact::Long(limit)) => drop(self.assurance_limits.insert(session, u8::try_from(limit).unwrap_or(0))),
            _ => drop(self.assurance_limits.remove(&session)),
        }
        self.show_session(session);
    }

    fn assess_address(&mut self, network: IpNet, counting: &[Assessed]) {
        let fact = |row: &'static Assessable| match row.slot {
            AssessedSlot::Address(slot) => Some((slot, combined(row, &Fact::Absent, counting))),
            AssessedSlot::Entity(..) | AssessedSlot::Session(_) => None,
        };
        let facts = rows(Target::Address(network)).filter_map(fact).filter(|(_, fact)| fact.is_present());
        if self.view.assessed_networks.set(network, facts.collect()) {
            self.changed.everything();
        }
    }
}

fn combined(row: &Assessable, known: &Fact, counting: &[Assessed]) -> Fact {
    let of_row = counting.iter().filter(|assessed| assessed.row.slot == row.slot);
    row.of_several.combine(known, of_row.map(|assessed| assessed.value.clone()))
}

/// The rows of the table for a target.
fn rows(target: Target) -> impl Iterator<Item = &'static Assessable> {
    ASSESSABLE.iter().filter(move |row| match (row.slot, target) {
        (AssessedSlot::Entity(kind, _), Target::Entity(entity)) => kind == entity.kind(),
        (AssessedSlot::Session(_), Target::Session(_)) | (AssessedSlot::Address(_), Target::Address(_)) => true,
        _ => false,
    })
}

fn row(target: Target, name: &str) -> Option<&'static Assessable> {
    rows(target).find(|row| row.slot.name() == name)
}
