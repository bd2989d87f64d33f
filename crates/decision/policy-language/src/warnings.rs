//! What is valid in a policy set and probably not meant.

use cedar_policy::ValidationWarning;

use crate::compiled::Compiled;
use crate::node::{Node, NodeId, Read, Whose};
use crate::program::Program;
use crate::scope::{Actions, Side};
use crate::{Effect, PolicyMeta, PolicyProblem};

/// The fix for what the validator warns of.
pub(crate) const fn fix(warning: &ValidationWarning) -> &'static str {
    match warning {
        ValidationWarning::ImpossiblePolicy(_) => {
            "it never takes effect: correct its scope or its condition, or remove it"
        }
        ValidationWarning::InvalidActionApplication(_) => "correct the action, or the types in its scope",
        _ => "it can be read as another text: write it in the letters of one script, without invisible characters",
    }
}

/// Enforced policies that forbid everything to everybody, whatever the situation.
pub(crate) fn closing(metas: &[PolicyMeta], compiled: &[Compiled], program: &Program) -> Vec<PolicyProblem> {
    let closes = |policy: &Compiled| {
        let everywhere = policy.scope.principal == Side::Any
            && policy.scope.resource == Side::Any
            && policy.scope.actions == Actions::ALL;
        let always = |id: &u32| matches!(program.node(*id), Some(Node::Bool(true)));
        policy.effect == Effect::Forbid
            && !policy.report_only
            && everywhere
            && program.terms(policy.condition).iter().all(always)
    };
    let closing = metas.iter().zip(compiled).filter(|(_, policy)| closes(policy));
    let warned = closing.map(|(meta, _)| PolicyProblem {
        file: meta.file.clone(),
        line: meta.line,
        column: 1,
        message: format!(
            "the policy `{}` forbids everything to everybody, the administration of the platform included",
            meta.id
        ),
        fix: "name the resource in its scope, or what it depends on in a condition".to_owned(),
    });
    warned.collect()
}

/// Whether an enforced policy permits something on every resource: neither its scope nor a condition says which one.
pub(crate) fn opens_everything(policy: &Compiled, program: &Program) -> bool {
    policy.effect == Effect::Permit
        && !policy.report_only
        && matches!(policy.scope.resource, Side::Any | Side::Is(_))
        && !program.terms(policy.condition).iter().any(|term| reads_resource(program, *term))
}

/// Whether an expression depends on the resource. Operands stand before the expression, so that this ends.
fn reads_resource(program: &Program, id: NodeId) -> bool {
    let reads = |id: &NodeId| reads_resource(program, *id);
    match program.node(id) {
        None => false,
        Some(node) => match node {
            Node::Resource
            | Node::Own(Whose::Resource, _)
            | Node::HasOwn(Whose::Resource, _)
            | Node::Against(_, Read::Own(Whose::Resource, _), _) => true,
            Node::Attribute(of, _) | Node::Has(of, _) | Node::Is(of, _) | Node::Like(of, _) | Node::Unary(_, of) => {
                reads(of)
            }
            Node::Binary(_, left, right) => reads(left) || reads(right),
            Node::All(start, count) | Node::Any(start, count) | Node::Set(start, count) => {
                program.members(*start, *count).iter().any(reads)
            }
            Node::If(test, then, otherwise) => [test, then, otherwise].into_iter().any(reads),
            Node::Bool(_)
            | Node::Long(_)
            | Node::Constant(_)
            | Node::Entity(_)
            | Node::Principal
            | Node::Action
            | Node::Context(_)
            | Node::ContextHas(_)
            | Node::Own(..)
            | Node::HasOwn(..)
            | Node::Moving(..)
            | Node::Against(..) => false,
        },
    }
}
