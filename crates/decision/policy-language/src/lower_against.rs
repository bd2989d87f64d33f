//! Finding the tests that hold one attribute against one constant, which most terms of most policies are.

use cedar_policy::pst::BinaryOp;
use sekisho_model::facts::Fact;

use crate::node::{Against, Node, NodeId, Read};
use crate::program_builder::ProgramBuilder;

/// The node for an operator of which one side is an attribute that every request has at hand, and the other a constant.
pub(crate) fn fuse(program: &mut ProgramBuilder, op: BinaryOp, left: NodeId, right: NodeId) -> Option<Node> {
    let (test, of, with) = match (read(program, left), read(program, right)) {
        (Some(of), None) => (forward(op)?, of, right),
        (None, Some(of)) => (backward(op)?, of, left),
        _ => return None,
    };
    let fact = program.literal(with)?;
    if test == Against::Member && !matches!(fact, Fact::Set(_)) {
        return None;
    }
    Some(Node::Against(test, of, program.constant(fact)?))
}

/// The attribute that a node reads, if it needs nothing else to be evaluated.
pub(crate) fn read(program: &ProgramBuilder, id: NodeId) -> Option<Read> {
    match *program.node(id)? {
        Node::Own(whose, slot) => Some(Read::Own(whose, slot)),
        Node::Context(slot) => Some(Read::Context(slot)),
        _ => None,
    }
}

/// The test with the attribute on the left.
const fn forward(op: BinaryOp) -> Option<Against> {
    match op {
        BinaryOp::Eq => Some(Against::Equal),
        BinaryOp::Less => Some(Against::Less),
        BinaryOp::LessEq => Some(Against::LessOrEqual),
        BinaryOp::Greater => Some(Against::Greater),
        BinaryOp::GreaterEq => Some(Against::GreaterOrEqual),
        BinaryOp::IsInRange => Some(Against::InRange),
        _ => None,
    }
}

/// The test with the attribute on the right.
const fn backward(op: BinaryOp) -> Option<Against> {
    match op {
        BinaryOp::Eq => Some(Against::Equal),
        BinaryOp::Less => Some(Against::Greater),
        BinaryOp::LessEq => Some(Against::GreaterOrEqual),
        BinaryOp::Greater => Some(Against::Less),
        BinaryOp::GreaterEq => Some(Against::LessOrEqual),
        BinaryOp::Contains => Some(Against::Member),
        _ => None,
    }
}
