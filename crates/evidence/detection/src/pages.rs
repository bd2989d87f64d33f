//! The page of the console: the rules, and how often each matched.

use askama::Template;
use axum::response::Response;
use sekisho_capability::ActSpec;
use sekisho_model::{Language, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};

use crate::{DETECTIONS_READ, Detection};

const PATH: &str = "/console/detection";
const ACT: ActSpec = DETECTIONS_READ;

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Detection>>() -> Pages<S> {
    Pages {
        name: "detection",
        routes: |state| Routes::new().get(PATH, Access::Act(ACT), list).with(state.as_ref().clone()),
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Activity, PATH, "detection", ACT)];

#[derive(Template)]
#[template(path = "detection.html")]
struct DetectionPage {
    page: Page,
    problem: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    title: String,
    description: String,
    level: String,
    matches: u64,
    last: Option<Timestamp>,
}

async fn list(context: RequestContext<Detection>) -> Result<Response, Problem> {
    let page = context.page_with_times();
    let standing = context.services.standing();
    let rows = standing.rules.iter().map(|rule| {
        let matched = standing.matches.get(&rule.id);
        Row {
            title: rule.title.clone(),
            description: rule.description.clone(),
            level: page.say(level(&rule.level)),
            matches: matched.map_or(0, |(count, _)| *count),
            last: matched.map(|(_, at)| *at),
        }
    });
    let rows = rows.collect();
    answer::html(&DetectionPage { page, problem: standing.problem, rows })
}

/// The key of a level. A rule without one counts as medium.
fn level(level: &str) -> &'static str {
    match level {
        "critical" => "detection-level-critical",
        "high" => "detection-level-high",
        "low" => "detection-level-low",
        "informational" => "detection-level-informational",
        _ => "detection-level-medium",
    }
}
