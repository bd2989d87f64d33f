//! Policy files: gathered as they come, loaded as one set.

use std::sync::Arc;

use sekisho_model::documents::Kind;
use sekisho_policy_language::{Policies, PolicyText};
use serde_json::Value;

use super::mentions::Mentions;
use super::{WorldBuilder, unreadable};
use crate::FoldProblem;

impl WorldBuilder {
    pub(super) fn fold_policy(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let text = match body {
            Some(body) => Some(body.get("text").and_then(Value::as_str).ok_or_else(|| {
                unreadable(Kind::Policy, id, "its body has no `text`: write the policies there".to_owned())
            })?),
            None => None,
        };
        match text {
            Some(text) => drop(self.policy_texts.insert(id.to_owned(), text.into())),
            None => drop(self.policy_texts.remove(id)),
        }
        self.policies_changed = true;
        Ok(())
    }

    /// Loads the policy set if a file of it changed. A set with a problem leaves the one before in force.
    pub(super) fn load_policies(&mut self) {
        if !std::mem::take(&mut self.policies_changed) {
            return;
        }
        let text = |(name, text): (&String, &Arc<str>)| PolicyText { name: name.clone(), text: text.to_string() };
        let texts: Vec<PolicyText> = self.policy_texts.iter().map(text).collect();
        let key = (Kind::Policy, String::new());
        match Policies::load_after(&self.view.policies, &texts, self.view.facts.interner()) {
            Ok(policies) => {
                match policies.unknown() {
                    [] => drop(self.view.problems.remove(&key)),
                    unknown => {
                        let problem = FoldProblem::PoliciesOfAnotherVersion { problems: unknown.to_vec() };
                        self.view.problems.insert(key, Arc::new(problem));
                    }
                }
                self.view.policies = Arc::new(policies);
                self.mentions = Arc::new(Mentions::of(&texts));
                self.changed.everything();
            }
            Err(problems) => drop(self.view.problems.insert(key, Arc::new(FoldProblem::Policies { problems }))),
        }
    }
}
