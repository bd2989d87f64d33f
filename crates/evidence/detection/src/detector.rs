//! The evaluator over our rules: events in, matches out. Time is that of the events.

use std::collections::BTreeSet;

use rsigma_eval::{
    CorrelationAction, CorrelationConfig, CorrelationEngine, CorrelationEventMode, EvaluationResult, JsonEvent,
};
use sekisho_model::Timestamp;
use serde_json::Value;

use crate::{Matched, Rules, RulesError};

/// The most events of one window that a match names.
const MOST_EVENTS: usize = 200;
/// The most windows that are open at once, of all rules together.
const MOST_WINDOWS: usize = 50_000;
/// The most events that one window counts.
const MOST_COUNTED: usize = 10_000;

/// Rules, ready to be asked.
pub struct Detector {
    engine: CorrelationEngine,
    /// The rules whose matches count only in what correlates them.
    only_correlated: BTreeSet<String>,
}

impl Detector {
    /// Readies the rules.
    ///
    /// # Errors
    /// When a rule cannot be evaluated.
    pub fn new(rules: &Rules) -> Result<Self, RulesError> {
        let config = CorrelationConfig {
            // What comes after the threshold matches too: a sixth account of a spray is attacked like the fifth.
            action_on_match: CorrelationAction::Alert,
            emit_detections: false,
            correlation_event_mode: CorrelationEventMode::Full,
            max_correlation_events: MOST_EVENTS,
            max_state_entries: MOST_WINDOWS,
            max_group_entries: Some(MOST_COUNTED),
            ..CorrelationConfig::default()
        };
        let mut engine = CorrelationEngine::new(config);
        for collection in &rules.collections {
            let wrong = |error: rsigma_eval::EvalError| RulesError::Rule {
                file: collection.rules.first().map(|rule| rule.title.clone()).unwrap_or_default(),
                message: error.to_string(),
            };
            engine.add_collection(collection).map_err(wrong)?;
        }
        Ok(Self { engine, only_correlated: only_correlated(rules) })
    }

    /// What matches with this event.
    pub fn matches(&mut self, event: &Value, at: Timestamp) -> Vec<Matched> {
        let found = self.engine.process_event_at(&JsonEvent::borrow(event), at.as_seconds());
        let is_shown = |result: &&EvaluationResult| {
            let id = result.header.rule_id.as_ref();
            result.is_correlation() || id.is_none_or(|id| !self.only_correlated.contains(id))
        };
        found.iter().filter(is_shown).map(|result| Matched::read(result, event)).collect()
    }
}

/// The identifiers of rules that correlations refer to, by identifier or by name, unless they say that each match counts too.
fn only_correlated(rules: &Rules) -> BTreeSet<String> {
    let correlations = rules.collections.iter().flat_map(|collection| &collection.correlations);
    let named: BTreeSet<&str> =
        correlations.filter(|rule| !rule.generate).flat_map(|rule| rule.rules.iter().map(String::as_str)).collect();
    let all = rules.collections.iter().flat_map(|collection| &collection.rules);
    let is_named = |name: &Option<String>| name.as_deref().is_some_and(|name| named.contains(name));
    all.filter(|rule| is_named(&rule.id) || is_named(&rule.name)).filter_map(|rule| rule.id.clone()).collect()
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Detector")
    }
}
