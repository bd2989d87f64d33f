//! Users and groups.

use std::collections::BTreeMap;

use arcstr::{ArcStr, literal};
use sekisho_model::documents::{AttributeValue, Employment, Group, Kind, User, UserStatus};
use sekisho_model::facts::{Entity, EntityParts, EntityType, Fact, Handle, Slot};
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_user(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        match body {
            Some(body) => self.put_user(id, read(Kind::User, id, "id", body)?),
            None => {
                self.remove_user(id);
                Ok(())
            }
        }
    }

    fn put_user(&mut self, id: &str, user: User) -> Result<(), FoldProblem> {
        let handle = self.name(EntityType::User, id, (Kind::User, id))?;
        let mut direct = Vec::with_capacity(user.groups.len());
        for group in &user.groups {
            direct.push(self.name(EntityType::Group, group.as_str(), (Kind::User, id))?);
        }
        direct.sort_unstable();
        direct.dedup();
        let tags = self.tags(&user.attributes);
        let kin = self.pool.kin(self.groups.with_ancestors(&direct), tags);
        let user = Entity::with_kin(EntityType::User, kin, self.user_attributes(&user));
        self.memberships.set(handle.index(), (!direct.is_empty()).then(|| direct.into_boxed_slice()));
        self.unassess(handle);
        self.view.facts.insert(handle, user);
        self.user_changed(handle);
        Ok(())
    }

    fn remove_user(&mut self, id: &str) {
        let Some(handle) = self.named(EntityType::User, id) else { return };
        self.memberships.set(handle.index(), None);
        self.unassess(handle);
        self.view.facts.remove(handle);
        self.user_changed(handle);
    }

    fn user_changed(&mut self, handle: Handle) {
        self.changed.entity(handle);
        self.weigh_again(handle);
        self.show_sessions_of(handle);
    }

    fn user_attributes(&mut self, user: &User) -> Vec<(Slot, Fact)> {
        let mut attributes = vec![
            (Slot::Name, Fact::string(user.name.as_str())),
            (Slot::Employment, Fact::String(employment(user.employment))),
            (Slot::Clearance, Fact::Long(user.clearance.into())),
            (Slot::Status, Fact::String(status(user.status))),
            (Slot::IdentityAssurance, Fact::Long(user.identity_assurance.into())),
            (Slot::Risk, Fact::Long(0)),
        ];
        if let Some(email) = &user.email {
            attributes.push((Slot::Email, Fact::string(email.as_str())));
        }
        if let Some(department) = &user.department {
            attributes.push((Slot::Department, self.pool.string(department)));
        }
        attributes
    }

    /// Custom attributes as tags.
    pub(super) fn tags(&mut self, attributes: &BTreeMap<String, AttributeValue>) -> Vec<(ArcStr, Fact)> {
        let tag = |(name, value): (&String, &AttributeValue)| {
            (self.pool.name(name), self.pool.set(sekisho_policy_language::tag(value)))
        };
        attributes.iter().map(tag).collect()
    }

    pub(super) fn fold_group(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let (handle, parents) = match body {
            Some(body) => {
                let group: Group = read(Kind::Group, id, "id", body)?;
                let mut parents = Vec::with_capacity(group.groups.len());
                for parent in &group.groups {
                    parents.push(self.name(EntityType::Group, parent.as_str(), (Kind::Group, id))?);
                }
                (self.name(EntityType::Group, id, (Kind::Group, id))?, Some(parents))
            }
            None => match self.named(EntityType::Group, id) {
                Some(handle) => (handle, None),
                None => return Ok(()),
            },
        };
        for affected in self.groups.set(handle, parents) {
            self.group_changed(affected);
        }
        Ok(())
    }

    /// Takes over what the graph now says of a group.
    fn group_changed(&mut self, group: Handle) {
        let id = self.view.facts.interner().name(group);
        let key = (Kind::Group, id.to_string());
        match self.groups.cycle(group) {
            Some(cycle) => {
                let names = cycle.iter().map(|group| self.view.facts.interner().name(*group));
                let cycle: Vec<_> = names.filter_map(|name| name.parse().ok()).collect();
                if let Some(group) = cycle.first().cloned() {
                    self.view.problems.insert(key, FoldProblem::GroupCycle { group, cycle }.into());
                }
            }
            None => drop(self.view.problems.remove(&key)),
        }
        let ancestors = self.groups.ancestors(group).map(<[Handle]>::to_vec);
        let before = self.view.facts.get(group).map(|entity| entity.ancestors().to_vec());
        if ancestors == before {
            return;
        }
        match ancestors {
            Some(ancestors) => {
                let parts = EntityParts { ancestors, ..EntityParts::default() };
                self.view.facts.insert(group, Entity::new(EntityType::Group, parts));
            }
            None => drop(self.view.facts.remove(group)),
        }
        self.changed.entity(group);
        self.regrouped.insert(group);
    }

    /// Gives the members of the groups that changed their ancestors of now.
    pub(super) fn regroup_members(&mut self) {
        let groups = std::mem::take(&mut self.regrouped);
        if groups.is_empty() {
            return;
        }
        let mut members: Vec<(Handle, Entity)> = Vec::new();
        let facts = &self.view.facts;
        for (member, entity) in facts.of_type(EntityType::User).chain(facts.of_type(EntityType::Workload)) {
            let Some(direct) = self.memberships.get(member.index()) else { continue };
            if direct.iter().any(|group| groups.contains(group)) {
                let kin = self.pool.kin(self.groups.with_ancestors(direct), entity.tags().to_vec());
                let attributes = entity.attributes().map(|(slot, fact)| (slot, fact.clone())).collect();
                members.push((member, Entity::with_kin(entity.kind(), kin, attributes)));
            }
        }
        for (member, entity) in members {
            self.view.facts.insert(member, entity);
            self.changed.entity(member);
        }
    }
}

/// Whether a user exists and may sign in.
pub(super) fn may_sign_in(user: Option<&Entity>) -> bool {
    user.is_some_and(|user| *user.get(Slot::Status) == Fact::String(status(UserStatus::Active)))
}

const fn employment(employment: Employment) -> ArcStr {
    match employment {
        Employment::Staff => literal!(Employment::Staff.name()),
        Employment::Contractor => literal!(Employment::Contractor.name()),
        Employment::Guest => literal!(Employment::Guest.name()),
    }
}

const fn status(status: UserStatus) -> ArcStr {
    match status {
        UserStatus::Active => literal!(UserStatus::Active.name()),
        UserStatus::Disabled => literal!(UserStatus::Disabled.name()),
    }
}
