//! What is valid in a draft and probably not meant.

use sekisho_control_plane::Plan;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_policy_information::World;
use sekisho_policy_language::node::{Node, NodeId, Read, Whose};
use sekisho_policy_language::{Effect, Policies, PolicyText, Program, Side, unwritten};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lint {
    /// Which: the key of its text, `lint-open`, `lint-nobody`, `lint-unknown`, `lint-never`, `lint-unwritten`, `lint-opens` or
    /// `lint-refused`.
    pub code: &'static str,
    /// The policy, the group or the whole message.
    pub what: String,
}

impl Lint {
    pub(crate) fn new(code: &'static str, what: impl ToString) -> Self {
        Self { code, what: what.to_string() }
    }
}

/// What the plan of a draft knows: names that nobody has, scopes and conditions that never hold, permits that name no resource.
pub(crate) fn of_plan(plan: &Plan) -> Vec<Lint> {
    let unknown = plan.unknown_names.iter().map(|name| Lint::new("lint-unknown", name));
    let never = plan.warnings.iter().map(|warning| Lint::new("lint-never", warning));
    let opens = plan.opening.iter().map(|policy| Lint::new("lint-opens", policy));
    unknown.chain(never).chain(opens).collect()
}

/// What the policies of one file say of whom, and what they read that nothing writes.
pub(crate) fn of_policies(world: &World, policies: &Policies, text: &PolicyText) -> Vec<Lint> {
    let own = policies.metas().iter().zip(policies.compiled()).filter(|(meta, _)| meta.file == text.name);
    let mut found = Vec::new();
    for (meta, policy) in own {
        let terms = policies.program().terms(policy.condition);
        let names_nobody = matches!(policy.scope.principal, Side::Any | Side::Is(_));
        if policy.effect == Effect::Permit
            && names_nobody
            && !terms.iter().any(|term| reads_principal(policies.program(), *term))
        {
            found.push(Lint::new("lint-open", &meta.id));
        }
        if let Side::In(group) | Side::IsIn(_, group) = policy.scope.principal
            && is_empty(world, group)
        {
            found.push(Lint::new("lint-nobody", world.id(group)));
        }
    }
    found.extend(unwritten(text).into_iter().map(|one| Lint::new("lint-unwritten", one)));
    found
}

/// Whether nobody is in a group that exists. One that does not is a name that nobody has.
fn is_empty(world: &World, group: Handle) -> bool {
    let exists = world.facts().get(group).is_some();
    let mut people = world.facts().of_type(EntityType::User).chain(world.facts().of_type(EntityType::Workload));
    group.kind() == EntityType::Group && exists && !people.any(|(_, person)| person.has_ancestor(group))
}

/// Whether an expression depends on who asks. Operands stand before the expression, so that this ends.
fn reads_principal(program: &Program, id: NodeId) -> bool {
    let reads = |id: &NodeId| reads_principal(program, *id);
    match program.node(id) {
        Some(
            Node::Principal
            | Node::Own(Whose::Principal, _)
            | Node::HasOwn(Whose::Principal, _)
            | Node::Against(_, Read::Own(Whose::Principal, _), _),
        ) => true,
        Some(Node::Attribute(of, _) | Node::Has(of, _) | Node::Is(of, _) | Node::Like(of, _) | Node::Unary(_, of)) => {
            reads(of)
        }
        Some(Node::Binary(_, left, right)) => reads(left) || reads(right),
        Some(Node::All(start, count) | Node::Any(start, count) | Node::Set(start, count)) => {
            program.members(*start, *count).iter().any(reads)
        }
        Some(Node::If(test, then, otherwise)) => [test, then, otherwise].into_iter().any(reads),
        _ => false,
    }
}
