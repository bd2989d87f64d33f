//! Resources and the hosts that lead to them.

use std::sync::Arc;

use arcstr::{ArcStr, literal};
use sekisho_model::documents::{Kind, Resource, ResourceKind};
use sekisho_model::facts::{Entity, EntityType, Fact, Slot};
use sekisho_model::{Host, ResourceId};
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_resource(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let resource: Option<Resource> = body.map(|body| read(Kind::Resource, id, "id", body)).transpose()?;
        let handle = match &resource {
            Some(_) => self.name(EntityType::Resource, id, (Kind::Resource, id))?,
            None => match self.named(EntityType::Resource, id) {
                Some(handle) => handle,
                None => return Ok(()),
            },
        };
        let entity = resource.as_ref().map(|resource| self.resource_entity(id, resource)).transpose()?;
        self.unassess(handle);
        let old = self.view.resources.remove(&handle).and_then(|old| Some((old.host.clone()?, old.id.clone())));
        let new = resource.as_ref().and_then(|new| Some((new.host.clone()?, new.id.clone())));
        match (resource, entity) {
            (Some(resource), Some(entity)) => {
                self.view.resources.insert(handle, Arc::new(resource));
                self.view.facts.insert(handle, entity);
            }
            _ => drop(self.view.facts.remove(handle)),
        }
        self.changed.entity(handle);
        self.claim_host(old, new);
        Ok(())
    }

    fn resource_entity(&mut self, id: &str, resource: &Resource) -> Result<Entity, FoldProblem> {
        let mut attributes = vec![
            (Slot::Kind, Fact::String(kind(resource.kind))),
            (Slot::Sensitivity, Fact::Long(resource.sensitivity.into())),
        ];
        if let Some(owner) = &resource.owner {
            let owner = self.name(EntityType::User, owner.as_str(), (Kind::Resource, id))?;
            attributes.push((Slot::Owner, Fact::Entity(owner)));
        }
        if let Some(environment) = &resource.environment {
            attributes.push((Slot::Environment, self.pool.string(environment)));
        }
        let mut ancestors = Vec::with_capacity(resource.categories.len());
        for category in &resource.categories {
            ancestors.push(self.name(EntityType::Category, category, (Kind::Resource, id))?);
        }
        let tags = self.tags(&resource.tags);
        Ok(Entity::with_kin(EntityType::Resource, self.pool.kin(ancestors, tags), attributes))
    }

    /// Moves a resource's claim from one host to another, and lets each host lead to its only claimant or nowhere.
    fn claim_host(&mut self, old: Option<(Host, ResourceId)>, new: Option<(Host, ResourceId)>) {
        if let Some((host, id)) = &old {
            if let Some(claimants) = self.host_claims.get_mut(host) {
                claimants.remove(id);
            }
            self.view.problems.remove(&(Kind::Resource, id.to_string()));
        }
        if let Some((host, id)) = &new {
            self.host_claims.entry(host.clone()).or_default().insert(id.clone());
        }
        for (host, _) in old.into_iter().chain(new) {
            self.route_host(&host);
        }
    }

    fn route_host(&mut self, host: &Host) {
        let claimants: Vec<ResourceId> = self.host_claims.get(host).into_iter().flatten().cloned().collect();
        for id in &claimants {
            let key = (Kind::Resource, id.to_string());
            match claimants.len() {
                1 => drop(self.view.problems.remove(&key)),
                _ => {
                    let problem = FoldProblem::HostClaimedTwice { host: host.clone(), claimants: claimants.clone() };
                    self.view.problems.insert(key, Arc::new(problem));
                }
            }
        }
        let only = match claimants.as_slice() {
            [only] => self.named(EntityType::Resource, only.as_str()),
            _ => None,
        };
        match only {
            Some(handle) => drop(self.view.hosts.insert(host.clone(), handle)),
            None => drop(self.view.hosts.remove(host)),
        }
    }
}

const fn kind(kind: ResourceKind) -> ArcStr {
    match kind {
        ResourceKind::Web => literal!(ResourceKind::Web.name()),
        ResourceKind::Tcp => literal!(ResourceKind::Tcp.name()),
        ResourceKind::Api => literal!(ResourceKind::Api.name()),
        ResourceKind::Data => literal!(ResourceKind::Data.name()),
    }
}
