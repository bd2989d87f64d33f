//! API tokens, as workloads: each is in the groups of its roles, so that policies speak of tokens as they speak of people.

use std::sync::Arc;

use sekisho_model::documents::{ApiToken, ApiTokenId, Kind};
use sekisho_model::facts::{Entity, EntityType, Fact, Slot};
use serde_json::Value;

use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_api_token(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        match body {
            Some(body) => {
                let token: ApiToken = read(Kind::ApiToken, id, "id", body)?;
                token.check().map_err(|message| unreadable(Kind::ApiToken, id, message))?;
                self.put_api_token(token)
            }
            None => {
                self.remove_api_token(id);
                Ok(())
            }
        }
    }

    fn put_api_token(&mut self, token: ApiToken) -> Result<(), FoldProblem> {
        let document = (Kind::ApiToken, token.id.as_str());
        let handle = self.name(EntityType::Workload, token.id.as_str(), document)?;
        let owner = self.name(EntityType::User, token.owner.as_str(), document)?;
        let mut direct = Vec::with_capacity(token.roles.len());
        for role in &token.roles {
            direct.push(self.name(EntityType::Group, role.as_str(), document)?);
        }
        direct.sort_unstable();
        let kin = self.pool.kin(self.groups.with_ancestors(&direct), Vec::new());
        // A token has no name besides its identifier, and no trust domain.
        let attributes = vec![(Slot::Name, Fact::string(token.id.as_str())), (Slot::Owner, Fact::Entity(owner))];
        self.memberships.set(handle.index(), Some(direct.into_boxed_slice()));
        self.view.facts.insert(handle, Entity::with_kin(EntityType::Workload, kin, attributes));
        self.view.api_tokens.insert(token.id.clone(), Arc::new(token));
        self.changed.entity(handle);
        Ok(())
    }

    fn remove_api_token(&mut self, id: &str) {
        if let Ok(id) = id.parse::<ApiTokenId>() {
            self.view.api_tokens.remove(&id);
        }
        let Some(handle) = self.named(EntityType::Workload, id) else { return };
        self.memberships.set(handle.index(), None);
        self.view.facts.remove(handle);
        self.changed.entity(handle);
    }
}
