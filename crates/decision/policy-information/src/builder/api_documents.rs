//! API documents: what the APIs behind resources are.

use std::sync::Arc;

use sekisho_api_schema::ApiSchema;
use sekisho_model::documents::{ApiDocument, Kind};
use sekisho_model::facts::EntityType;
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::{FoldProblem, ProtectedApi};

impl WorldBuilder {
    pub(super) fn fold_api_document(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let Some(body) = body else {
            if let Some(handle) = self.named(EntityType::Resource, id) {
                self.view.apis.remove(&handle);
                self.changed.entity(handle);
            }
            return Ok(());
        };
        let handle = self.name(EntityType::Resource, id, (Kind::ApiDocument, id))?;
        let document = read::<ApiDocument>(Kind::ApiDocument, id, "id", body);
        let read = match &document {
            Ok(document) => ApiSchema::read(&document.document).map_err(|problem| problem.to_string()),
            Err(problem) => Err(problem.to_string()),
        };
        // INVARIANT I-47: a document that cannot be enforced closes its resource. It never counts as absent.
        let schema = read.map_err(|message| {
            let problem = FoldProblem::ApiDocument { resource: id.to_owned(), message };
            self.view.problems.insert((Kind::ApiDocument, id.to_owned()), Arc::new(problem));
        });
        let body_limit = document.map_or(0, |document| document.body_limit);
        let api = ProtectedApi { schema: schema.ok().map(Arc::new), body_limit };
        self.view.apis.insert(handle, Arc::new(api));
        self.changed.entity(handle);
        Ok(())
    }
}
