//! The page of the console: how agents stand, and the newest calls at each server of tools.

use askama::Template;
use axum::response::Response;
use sekisho_capability::Services;
use sekisho_model::Language;
use sekisho_web::page::Page;
use sekisho_web::{Access, Group, Pages, Place, Problem, RequestContext, Routes, answer};

use crate::acts::AGENTS_READ;
use crate::calls::{self, CallView};
use crate::view::{AgentView, agents, servers};

/// The most servers whose calls are shown.
const MOST_SERVERS: usize = 8;

/// One page in the console, with its texts.
#[must_use]
pub const fn pages<S: AsRef<Services>>() -> Pages<S> {
    Pages {
        name: "agents",
        routes: |state| {
            Routes::new().get("/console/agents", Access::Act(AGENTS_READ), show).with(state.as_ref().clone())
        },
        places: PLACES,
        texts: &[
            (Language::English, include_str!("../messages/en.ftl")),
            (Language::Japanese, include_str!("../messages/ja.ftl")),
        ],
    }
}

const PLACES: &[Place] = &[Place::of_console(Group::Access, "/console/agents", "place-agents", AGENTS_READ)];

#[derive(Template)]
#[template(path = "agents.html")]
struct AgentsPage {
    page: Page,
    agents: Vec<Row>,
    servers: Vec<(String, Vec<CallRow>)>,
}

/// An agent.
struct Row {
    view: AgentView,
    class: &'static str,
    state: &'static str,
}

/// A call.
struct CallRow {
    view: CallView,
    class: &'static str,
    outcome: &'static str,
}

async fn show(context: RequestContext<Services>) -> Result<Response, Problem> {
    let mut shown = Vec::new();
    for server in servers(&context.world).into_iter().take(MOST_SERVERS) {
        let calls = calls::at_server(&context.services.ledger, &server).await;
        shown.push((server, calls.into_iter().map(call_row).collect()));
    }
    let agents = agents(&context.world).into_iter().map(row).collect();
    answer::html(&AgentsPage { page: context.page_with_times(), agents, servers: shown })
}

fn row(view: AgentView) -> Row {
    let (class, state) = match view.state {
        "active" => ("pass", "agent-active"),
        "disabled" => ("stop", "agent-disabled"),
        "person-unusable" => ("stop", "agent-person-unusable"),
        _ => ("stop", "agent-owner-unusable"),
    };
    Row { view, class, state }
}

fn call_row(view: CallView) -> CallRow {
    let (class, outcome) = match view.outcome {
        "permit" => ("pass", "agent-call-permitted"),
        "challenge" => ("warn", "agent-call-challenged"),
        _ => ("stop", "agent-call-denied"),
    };
    CallRow { view, class, outcome }
}
