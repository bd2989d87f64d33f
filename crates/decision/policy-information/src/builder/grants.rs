//! Grants, by who may ask and for what.

use std::sync::Arc;

use sekisho_model::GrantId;
use sekisho_model::documents::{Grant, Kind};
use sekisho_model::facts::EntityType;
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_grant(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let put = match body {
            Some(body) => {
                let grant: Grant = read(Kind::Grant, id, "id", body)?;
                let user = self.name(EntityType::User, grant.user.as_str(), (Kind::Grant, id))?;
                let resource = self.name(EntityType::Resource, grant.resource.as_str(), (Kind::Grant, id))?;
                Some(((user, resource), grant))
            }
            None => None,
        };
        if let Ok(id) = id.parse::<GrantId>() {
            self.remove_grant(&id);
        }
        if let Some((key, grant)) = put {
            self.grant_keys.insert(grant.id.clone(), key);
            let grants = Arc::make_mut(self.view.grants.entry(key).or_default());
            grants.push(grant);
            grants.sort_unstable_by(|a, b| (b.until, &a.id).cmp(&(a.until, &b.id)));
            self.changed.entity(key.0);
        }
        Ok(())
    }

    fn remove_grant(&mut self, id: &GrantId) {
        let Some(key) = self.grant_keys.remove(id) else { return };
        self.changed.entity(key.0);
        let Some(grants) = self.view.grants.get_mut(&key) else { return };
        let grants = Arc::make_mut(grants);
        grants.retain(|grant| grant.id != *id);
        if grants.is_empty() {
            self.view.grants.remove(&key);
        }
    }
}
