//! The route of the REST API: the rules, and how often each matched.

use sekisho_rest::{Access, Answer, Api, Call, Page, Routes, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{DETECTIONS_READ, Detection, Rule, Standing};

/// One route, for those who may read the ledger.
#[must_use]
pub const fn api<S: AsRef<Detection>>() -> Api<S> {
    Api {
        name: "detection",
        routes: |state| Routes::new().add(Access::Act(DETECTIONS_READ), route!(list)).with(state.as_ref().clone()),
    }
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
struct RuleView {
    /// Its identifier.
    id: String,
    /// Its title.
    title: String,
    /// What it is for.
    description: String,
    /// How serious a match is: `informational` to `critical`.
    level: String,
    /// How often it matched since the platform started.
    matches: u64,
    /// When it matched last, if it did.
    last_match: Option<String>,
}

/// List the detection rules, with how often each matched since the platform started.
#[utoipa::path(get, path = "/detection-rules", tag = "detection", responses((status = 200, body = Page<RuleView>)))]
async fn list(call: Call<Detection>) -> Answer<Page<RuleView>> {
    let standing = call.services.standing();
    Answer::ok(Page { items: standing.rules.iter().map(|rule| view(rule, &standing)).collect(), next: None })
}

fn view(rule: &Rule, standing: &Standing) -> RuleView {
    let matched = standing.matches.get(&rule.id);
    RuleView {
        id: rule.id.clone(),
        title: rule.title.clone(),
        description: rule.description.clone(),
        level: rule.level.clone(),
        matches: matched.map_or(0, |(count, _)| *count),
        last_match: matched.map(|(_, at)| at.to_string()),
    }
}
