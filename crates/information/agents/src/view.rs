//! Agents and servers of tools as routes and pages show them, from the World.

use sekisho_model::documents::{ResourceKind, Workload};
use sekisho_policy_information::{WorkloadRefusal, World};
use serde::Serialize;
use utoipa::ToSchema;

/// An agent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AgentView {
    /// Its identifier: to policies it is `Sekisho::Workload::"<id>"`.
    pub(crate) id: String,
    /// What people read.
    pub(crate) name: String,
    /// The account of the person for whom it acts: to policies `principal.acts_for`.
    pub(crate) acts_for: String,
    /// The account that answers for it.
    pub(crate) owner: String,
    /// Its groups.
    pub(crate) groups: Vec<String>,
    /// `active`, `disabled`, `person-unusable` or `owner-unusable`: then that account is disabled or removed.
    pub(crate) state: &'static str,
    /// The most tools that it may call in an hour; null for as many as policies permit.
    pub(crate) calls_per_hour: Option<u32>,
}

/// The agents of a World, in the order of their identifiers.
pub(crate) fn agents(world: &World) -> Vec<AgentView> {
    world.workloads().filter_map(|workload| agent(world, workload)).collect()
}

/// A workload that is an agent.
pub(crate) fn agent(world: &World, workload: &Workload) -> Option<AgentView> {
    Some(AgentView {
        id: workload.id.to_string(),
        name: if workload.name.is_empty() { workload.id.to_string() } else { workload.name.clone() },
        acts_for: workload.acts_for.as_ref()?.to_string(),
        owner: workload.owner.to_string(),
        groups: workload.groups.iter().map(ToString::to_string).collect(),
        state: match world.workload_standing(workload) {
            Ok(()) => "active",
            Err(WorkloadRefusal::Disabled) => "disabled",
            Err(WorkloadRefusal::OwnerUnusable) => "owner-unusable",
            Err(WorkloadRefusal::PersonUnusable) => "person-unusable",
        },
        calls_per_hour: workload.calls_per_hour,
    })
}

/// The servers of tools of a World.
pub(crate) fn servers(world: &World) -> Vec<String> {
    let of_tools = world.resources().filter(|(_, resource)| resource.kind == ResourceKind::Mcp);
    of_tools.map(|(_, resource)| resource.id.to_string()).collect()
}
