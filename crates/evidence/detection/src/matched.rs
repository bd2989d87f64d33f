//! A match: the rule, how serious it is, and whom it is about.

use std::collections::BTreeSet;

use rsigma_eval::EvaluationResult;
use serde_json::Value;

/// The most people that one match is about.
const MOST_PEOPLE: usize = 100;

/// A rule matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The rule's identifier, or its title where it has none.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How serious it is: `informational` to `critical`.
    pub level: String,
    /// Whom it is about.
    pub people: BTreeSet<String>,
    /// The address that it is about, where the rule groups by it.
    pub address: Option<String>,
}

impl Matched {
    /// Reads the evaluator's result about an event.
    pub(crate) fn read(result: &EvaluationResult, event: &Value) -> Self {
        let mut people: BTreeSet<String> = person(event).into_iter().collect();
        let mut address = text(event, "/src_endpoint/ip");
        if let Some(correlation) = result.as_correlation() {
            let events = correlation.events.iter().flatten();
            people.extend(events.filter_map(person).take(MOST_PEOPLE));
            let grouped = correlation.group_key.iter().find(|(field, _)| field == "src_endpoint.ip");
            address = grouped.map(|(_, address)| address.clone()).or(address);
        }
        let header = &result.header;
        Self {
            rule: header.rule_id.clone().unwrap_or_else(|| header.rule_title.clone()),
            title: header.rule_title.clone(),
            level: header.level.map(|level| level.as_str().to_owned()).unwrap_or_else(|| "medium".to_owned()),
            people,
            address,
        }
    }

    // INVARIANT I-43: a match has a weight above zero or none: no rule takes from a risk.
    /// How much it adds to the risk of a person, 1 to 100; `None` for what is only noted.
    #[must_use]
    pub fn weight(&self) -> Option<u8> {
        match self.level.as_str() {
            "critical" => Some(80),
            "high" => Some(50),
            "medium" => Some(30),
            "low" => Some(10),
            _ => None,
        }
    }

    /// The code of the signal that it raises.
    #[must_use]
    pub fn signal(&self) -> &'static str {
        match self.rule.as_str() {
            "5d0f9a53-8a55-4e4c-8a0e-8c1f3f0a7b02" => "password-spray",
            "5d0f9a53-8a55-4e4c-8a0e-8c1f3f0a7b12" => "refused-everywhere",
            _ => "rule-matched",
        }
    }
}

/// The person that an event is about.
fn person(event: &Value) -> Option<String> {
    text(event, "/user/uid").or_else(|| text(event, "/actor/user/uid"))
}

fn text(event: &Value, path: &str) -> Option<String> {
    event.pointer(path).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i43_every_level_adds_or_is_only_noted() {
        let of = |level: &str| Matched {
            rule: "r".to_owned(),
            title: "r".to_owned(),
            level: level.to_owned(),
            people: BTreeSet::new(),
            address: None,
        };
        let weights = ["critical", "high", "medium", "low"].map(|level| of(level).weight());
        assert!(weights.iter().all(|weight| weight.is_some_and(|weight| (1..=100).contains(&weight))), "{weights:?}");
        assert!(weights.is_sorted_by(|more, less| more > less), "{weights:?}");
        assert_eq!(["informational", "", "trust-me"].map(|level| of(level).weight()), [None, None, None]);
    }
}
