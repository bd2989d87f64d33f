//! The arena that holds the conditions of every policy of a set. Equal expressions stand in it once.

use sekisho_model::facts::Fact;

use crate::node::{Node, NodeId};
use crate::pattern::Pattern;

/// The compiled conditions of a policy set.
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: Vec<Fact>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) members: Vec<NodeId>,
}

/// The condition of a policy: terms that must all hold, each read only when all before it do. By where they begin in the table
/// of members, and how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    pub(crate) start: u32,
    pub(crate) count: u32,
}

impl Program {
    /// The terms of a condition.
    #[inline]
    #[must_use]
    pub fn terms(&self, condition: Condition) -> &[NodeId] {
        self.members(condition.start, condition.count)
    }

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

    /// The members of a set expression or of a connective.
    #[inline]
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
}
