//! Lists of names, and the tokens of those who ask about names. No decision reads them, so nothing that is open is decided again because
//! of them: which lists hold a name is known before anything is decided.

use std::sync::Arc;

use sekisho_model::Name;
use sekisho_model::documents::{Kind, NameList, ResolverToken};
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_name_list(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let list: Option<NameList> = body.map(|body| read(Kind::NameList, id, "id", body)).transpose()?;
        let Ok(key) = id.parse::<Name>() else { return Ok(()) };
        match list {
            Some(list) => drop(self.view.name_lists.insert(key, Arc::new(list))),
            None => drop(self.view.name_lists.remove(&key)),
        }
        Ok(())
    }

    pub(super) fn fold_resolver_token(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let token: Option<ResolverToken> = body.map(|body| read(Kind::ResolverToken, id, "id", body)).transpose()?;
        let Ok(key) = id.parse::<Name>() else { return Ok(()) };
        match token {
            Some(token) => drop(self.view.resolver_tokens.insert(key, Arc::new(token))),
            None => drop(self.view.resolver_tokens.remove(&key)),
        }
        Ok(())
    }
}
