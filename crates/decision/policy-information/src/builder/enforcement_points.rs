//! Enforcement points that are not ours: who may ask for decisions, and for which resources.

use std::sync::Arc;

use sekisho_model::EnforcementPointId;
use sekisho_model::documents::{EnforcementPoint, Kind};
use serde_json::Value;

use super::{WorldBuilder, read};
use crate::FoldProblem;

impl WorldBuilder {
    /// No decision reads one, so no open stream is decided again because of it.
    pub(super) fn fold_enforcement_point(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let point: Option<EnforcementPoint> =
            body.map(|body| read(Kind::EnforcementPoint, id, "id", body)).transpose()?;
        let Ok(key) = id.parse::<EnforcementPointId>() else { return Ok(()) };
        match point {
            Some(point) => drop(self.view.enforcement_points.insert(key, Arc::new(point))),
            None => drop(self.view.enforcement_points.remove(&key)),
        }
        Ok(())
    }
}
