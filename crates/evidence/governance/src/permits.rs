//! What the permits of a policy set say: whom they name, and which facts they read.

use sekisho_model::Action;
use sekisho_model::facts::{ContextSlot, Slot};
use sekisho_policy_information::World;
use sekisho_policy_language::node::{Node, NodeId, Read, Whose};
use sekisho_policy_language::{Compiled, Effect, Policies, Side};

/// A fact that a policy may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The device of the request.
    Device,
    /// The risk of the request, or of one of its parties.
    Risk,
    /// How strongly, or how lately, the person authenticated.
    Authentication,
    /// The clearance of the person.
    Clearance,
}

impl Asked {
    fn is_read_by(self, node: Node) -> bool {
        let (slot, whose, context) = match node {
            Node::Own(whose, slot) | Node::HasOwn(whose, slot) => (Some(slot), Some(whose), None),
            Node::Against(_, Read::Own(whose, slot), _) => (Some(slot), Some(whose), None),
            Node::Attribute(_, slot) | Node::Has(_, slot) => (Some(slot), None, None),
            Node::Context(slot) | Node::ContextHas(slot) | Node::Moving(slot, ..) => (None, None, Some(slot)),
            Node::Against(_, Read::Context(slot), _) => (None, None, Some(slot)),
            _ => (None, None, None),
        };
        match self {
            Self::Device => whose == Some(Whose::Device) || context == Some(ContextSlot::Device),
            Self::Risk => slot == Some(Slot::Risk) || context == Some(ContextSlot::Risk),
            Self::Clearance => slot == Some(Slot::Clearance),
            Self::Authentication => context.is_some_and(|slot| {
                matches!(
                    slot,
                    ContextSlot::SessionAuthAge
                        | ContextSlot::SessionAge
                        | ContextSlot::SessionAssurance
                        | ContextSlot::SessionMethods
                        | ContextSlot::SessionPhishingResistant
                )
            }),
        }
    }
}

/// Whether a policy reads a fact.
pub(crate) fn reads(policies: &Policies, policy: &Compiled, asked: Asked) -> bool {
    let program = policies.program();
    let mut open: Vec<NodeId> = program.terms(policy.condition).to_vec();
    while let Some(id) = open.pop() {
        let Some(node) = program.node(id) else { continue };
        if asked.is_read_by(*node) {
            return true;
        }
        match *node {
            Node::Attribute(of, _) | Node::Has(of, _) | Node::Is(of, _) | Node::Like(of, _) | Node::Unary(_, of) => {
                open.push(of);
            }
            Node::Binary(_, left, right) => open.extend([left, right]),
            Node::If(condition, then, otherwise) => open.extend([condition, then, otherwise]),
            Node::All(start, count) | Node::Any(start, count) | Node::Set(start, count) => {
                open.extend(program.members(start, count));
            }
            _ => {}
        }
    }
    false
}

/// Whether a permit says for whom or under which condition it is.
pub(crate) fn is_scoped(policies: &Policies, policy: &Compiled) -> bool {
    let is_anybody = matches!(policy.scope.principal, Side::Any | Side::Is(_));
    !is_anybody || has_condition(policies, policy)
}

/// Whether a policy has a condition.
pub(crate) fn has_condition(policies: &Policies, policy: &Compiled) -> bool {
    !policies.program().terms(policy.condition).is_empty()
}

/// The permits in force, each with its name.
pub(crate) fn permits(policies: &Policies) -> impl Iterator<Item = (&Compiled, String)> {
    let all = policies.compiled().iter().zip(policies.metas());
    all.filter(|(policy, _)| policy.effect == Effect::Permit && !policy.report_only)
        .map(|(policy, meta)| (policy, meta.id.to_string()))
}

/// The permits whose resource scope admits a resource.
pub(crate) fn permits_of(world: &World, resource: sekisho_model::facts::Handle) -> impl Iterator<Item = &Compiled> {
    let facts = world.facts();
    let ancestors = facts.get(resource).map(sekisho_model::facts::Entity::ancestors).unwrap_or_default();
    permits(world.policies()).map(|(policy, _)| policy).filter(move |policy| {
        policy.scope.resource.admits(resource, ancestors)
            && [Action::Connect, Action::Read, Action::Write].into_iter().any(|act| policy.scope.actions.contains(act))
    })
}
