//! Building a program: expressions that are equal become one node, so that what many policies have in common is read from
//! the same few lines of memory.

use std::collections::{BTreeMap, HashMap};

use sekisho_model::facts::Fact;

use crate::node::{Node, NodeId};
use crate::pattern::Pattern;
use crate::program::{Condition, Program};

/// A program that grows, with the place of everything that is in it.
#[derive(Debug, Default)]
pub(crate) struct ProgramBuilder {
    program: Program,
    nodes: HashMap<Node, NodeId>,
    constants: BTreeMap<Fact, u32>,
    patterns: HashMap<Pattern, u32>,
    lists: HashMap<Vec<NodeId>, u32>,
}

impl ProgramBuilder {
    /// The finished program.
    pub(crate) fn finish(self) -> Program {
        self.program
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.program.node(id)
    }

    /// The place of a node; `None` when numbers run out, as with all that follow.
    pub(crate) fn push(&mut self, node: Node) -> Option<NodeId> {
        if let Some(known) = self.nodes.get(&node) {
            return Some(*known);
        }
        let place = append(&mut self.program.nodes, node)?;
        self.nodes.insert(node, place);
        Some(place)
    }

    pub(crate) fn push_constant(&mut self, fact: Fact) -> Option<NodeId> {
        let number = self.constant(fact)?;
        self.push(Node::Constant(number))
    }

    /// The number of a constant.
    pub(crate) fn constant(&mut self, fact: Fact) -> Option<u32> {
        if let Some(known) = self.constants.get(&fact) {
            return Some(*known);
        }
        let number = append(&mut self.program.constants, fact.clone())?;
        self.constants.insert(fact, number);
        Some(number)
    }

    pub(crate) fn push_pattern(&mut self, pattern: Pattern) -> Option<u32> {
        if let Some(known) = self.patterns.get(&pattern) {
            return Some(*known);
        }
        let number = append(&mut self.program.patterns, pattern.clone())?;
        self.patterns.insert(pattern, number);
        Some(number)
    }

    /// The place of a node that has a list of members.
    pub(crate) fn push_list(&mut self, node: fn(u32, u32) -> Node, members: Vec<NodeId>) -> Option<NodeId> {
        let (start, count) = self.list(members)?;
        self.push(node(start, count))
    }

    /// The condition that all these terms hold.
    pub(crate) fn condition(&mut self, terms: Vec<NodeId>) -> Option<Condition> {
        self.list(terms).map(|(start, count)| Condition { start, count })
    }

    fn list(&mut self, members: Vec<NodeId>) -> Option<(u32, u32)> {
        let count = u32::try_from(members.len()).ok()?;
        let start = match self.lists.get(&members) {
            Some(known) => *known,
            None => {
                let start = u32::try_from(self.program.members.len()).ok()?;
                self.program.members.extend_from_slice(&members);
                self.lists.insert(members, start);
                start
            }
        };
        Some((start, count))
    }

    /// The value of a node when it is a literal.
    pub(crate) fn literal(&self, id: NodeId) -> Option<Fact> {
        match *self.node(id)? {
            Node::Bool(flag) => Some(Fact::Bool(flag)),
            Node::Long(number) => Some(Fact::Long(number)),
            Node::Entity(handle) => Some(Fact::Entity(handle)),
            Node::Constant(number) => self.program.constant(number).cloned(),
            _ => None,
        }
    }
}

/// Appends, and gives the place; `None` when numbers run out.
fn append<T>(table: &mut Vec<T>, item: T) -> Option<u32> {
    let place = u32::try_from(table.len()).ok()?;
    table.push(item);
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_expressions_are_one_and_others_are_not() {
        let mut builder = ProgramBuilder::default();
        let five = builder.push_constant(Fact::Duration(5));
        assert_eq!(builder.push_constant(Fact::Duration(5)), five);
        assert_ne!(builder.push_constant(Fact::Datetime(5)), five);
        let set = builder.push_list(Node::Set, vec![0, 1]);
        assert_eq!(builder.push_list(Node::Set, vec![0, 1]), set);
        assert_ne!(builder.push_list(Node::Set, vec![1, 0]), set);
        assert_ne!(builder.push_list(Node::All, vec![0, 1]), set);
        assert_eq!(builder.finish().len(), 5);
    }
}
