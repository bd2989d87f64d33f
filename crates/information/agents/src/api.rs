//! The routes of the REST API: agents, and what one of them called.

use axum::extract::Path;
use sekisho_capability::Services;
use sekisho_rest::{Access, Answer, Api, Call, Page, Problem, Routes, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::AGENTS_READ;
use crate::calls::{self, CallView};
use crate::view::{AgentView, agent, agents};

/// The routes.
#[must_use]
pub const fn api<S: AsRef<Services>>() -> Api<S> {
    Api {
        name: "agents",
        routes: |state| {
            let routes = Routes::new().add(Access::Act(AGENTS_READ), route!(list));
            routes.add(Access::Act(AGENTS_READ), route!(show)).with(state.as_ref().clone())
        },
    }
}

/// An agent with what it called.
#[derive(Debug, Serialize, ToSchema)]
struct AgentShown {
    /// The agent.
    #[serde(flatten)]
    agent: AgentView,
    /// The newest decisions about its calls.
    calls: Vec<CallView>,
}

/// List the agents and how each stands.
#[utoipa::path(get, path = "/ai-agents", tag = "ai-agents", responses((status = 200, body = Page<AgentView>)))]
async fn list(call: Call<Services>) -> Answer<Page<AgentView>> {
    Answer::ok(Page { items: agents(&call.world), next: None })
}

/// Show an agent and the newest decisions about its calls.
#[utoipa::path(get, path = "/ai-agents/{agent}", tag = "ai-agents",
    params(("agent" = String, Path, description = "The agent")), responses((status = 200, body = AgentShown)))]
async fn show(call: Call<Services>, Path(id): Path<String>) -> Result<Answer<AgentShown>, Problem> {
    let workload = id.parse().ok().and_then(|id| call.world.workload(&id));
    let agent = workload.and_then(|workload| agent(&call.world, workload));
    let agent = agent.ok_or_else(|| Problem::not_found("there is no such agent: see `sekisho ai-agent list`"))?;
    let calls = calls::of_agent(&call.services.ledger, &agent.id).await;
    Ok(Answer::ok(AgentShown { agent, calls }))
}
