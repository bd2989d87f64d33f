//! The arena that holds the conditions of every policy of a set.

use sekisho_model::facts::Fact;

use crate::node::{Node, NodeId};
use crate::pattern::Pattern;

/// The compiled conditions of a policy set.
#[derive(Debug, Default)]
pub struct Program {
    nodes: Vec<Node>,
    constants: Vec<Fact>,
    patterns: Vec<Pattern>,
    members: Vec<NodeId>,
}

impl Program {
    /// The node at a place.
    #[inline]
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// A literal.
    #[inline]
    #[must_use]
    pub fn constant(&self, number: u32) -> Option<&Fact> {
        self.constants.get(number as usize)
    }

    /// A pattern of `like`.
    #[must_use]
    pub fn pattern(&self, number: u32) -> Option<&Pattern> {
        self.patterns.get(number as usize)
    }

    /// The members of a set expression.
    #[must_use]
    pub fn members(&self, start: u32, count: u32) -> &[NodeId] {
        let start = start as usize;
        self.members.get(start..start.saturating_add(count as usize)).unwrap_or(&[])
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(crate) fn push(&mut self, node: Node) -> Option<NodeId> {
        push(&mut self.nodes, node)
    }

    pub(crate) fn push_constant(&mut self, fact: Fact) -> Option<NodeId> {
        let number = push(&mut self.constants, fact)?;
        self.push(Node::Constant(number))
    }

    pub(crate) fn push_pattern(&mut self, pattern: Pattern) -> Option<u32> {
        push(&mut self.patterns, pattern)
    }

    pub(crate) fn push_set(&mut self, members: &[NodeId]) -> Option<NodeId> {
        let start = u32::try_from(self.members.len()).ok()?;
        let count = u32::try_from(members.len()).ok()?;
        self.members.extend_from_slice(members);
        self.push(Node::Set(start, count))
    }

    /// The value of a node when it is a literal.
    pub(crate) fn literal(&self, id: NodeId) -> Option<Fact> {
        match *self.node(id)? {
            Node::Bool(flag) => Some(Fact::Bool(flag)),
            Node::Long(number) => Some(Fact::Long(number)),
            Node::Entity(handle) => Some(Fact::Entity(handle)),
            Node::Constant(number) => self.constant(number).cloned(),
            _ => None,
        }
    }
}

/// Appends, and gives the place; `None` when numbers run out.
fn push<T>(table: &mut Vec<T>, item: T) -> Option<u32> {
    let place = u32::try_from(table.len()).ok()?;
    table.push(item);
    Some(place)
}
