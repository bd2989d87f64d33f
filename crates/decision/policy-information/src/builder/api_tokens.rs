//! API tokens, as workloads: each is in the groups of its roles, so that policies speak of tokens as they speak of people.

use std::sync::Arc;

use sekisho_model::documents::{ApiToken, ApiTokenId, Kind};
use sekisho_model::facts::EntityType;
use serde_json::Value;

use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_api_token(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        match body {
            Some(body) => {
                let token: ApiToken = read(Kind::ApiToken, id, "id", body)?;
                token.check().map_err(|message| unreadable(Kind::ApiToken, id, message))?;
                self.name(EntityType::Workload, id, (Kind::ApiToken, id))?;
                self.view.api_tokens.insert(token.id.clone(), Arc::new(token));
            }
            None => {
                let Ok(key) = id.parse::<ApiTokenId>() else { return Ok(()) };
                self.view.api_tokens.remove(&key);
            }
        }
        self.show_workload(Kind::ApiToken, id)
    }
}
