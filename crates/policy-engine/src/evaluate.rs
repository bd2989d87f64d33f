//! The evaluator: one condition of a compiled policy over typed facts. It allocates only for a set that the policy itself
//! builds from values, and notes everything it reads.

use sekisho_model::Action;
use sekisho_model::facts::{ContextSlot, Entity, EntityType, Fact, FactBase, FactSet, Handle, Slot};
use sekisho_policy_language::Program;
use sekisho_policy_language::node::{Binary, Comparison, Node, NodeId, Unary};

use crate::reads::Reads;
use crate::situation::{Posture, Situation};
use crate::terms::Terms;
use crate::value::Value;

/// Why a condition has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An entity, attribute or tag that is not there was read.
    Missing,
    /// A value is not of the type that the operator takes.
    Type,
    /// A number left its range.
    Overflow,
    /// The program has no such node.
    Program,
}

/// One request as the evaluator sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub facts: &'a FactBase,
    pub principal: Handle,
    pub action: Action,
    pub resource: Handle,
    pub situation: &'a Situation<'a>,
    /// A device that is taken to be other than it is.
    pub supposed: Option<(Handle, &'a Entity)>,
}

/// Evaluates conditions of one program for one question.
pub(crate) struct Evaluator<'a> {
    pub(crate) question: Question<'a>,
    pub(crate) principal: Option<&'a Entity>,
    pub(crate) resource: Option<&'a Entity>,
    program: &'a Program,
    pub(crate) built: Vec<FactSet>,
    /// The entity besides principal and resource that was read last: mostly the device, again and again.
    last: Option<(Handle, Option<&'a Entity>)>,
    terms: Terms,
    pub(crate) reads: Reads,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(program: &'a Program, question: Question<'a>) -> Self {
        let principal = question.facts.get(question.principal);
        let resource = question.facts.get(question.resource);
        Self {
            question,
            principal,
            resource,
            program,
            built: Vec::new(),
            last: None,
            terms: Terms::new(),
            reads: Reads::none(),
        }
    }

    /// Whether a term of a condition, or a whole condition, holds: evaluated once, however many policies share it.
    pub(crate) fn term(&mut self, id: NodeId) -> Result<bool, Fault> {
        if let Some(outcome) = self.terms.get(id) {
            return outcome;
        }
        let outcome = self.holds(id);
        self.terms.keep(id, outcome);
        outcome
    }

    /// Whether a condition holds.
    fn holds(&mut self, mut id: NodeId) -> Result<bool, Fault> {
        loop {
            match *self.program.node(id).ok_or(Fault::Program)? {
                Node::And(left, right) => {
                    if !self.term(left)? {
                        return Ok(false);
                    }
                    id = right;
                }
                Node::Or(left, right) => {
                    if self.term(left)? {
                        return Ok(true);
                    }
                    id = right;
                }
                Node::If(condition, then, otherwise) => id = if self.holds(condition)? { then } else { otherwise },
                Node::Unary(Unary::Not, of) => return Ok(!self.holds(of)?),
                Node::Context(_) | Node::Attribute(..) => {
                    return match self.value(id)? {
                        Value::Bool(flag) => Ok(flag),
                        _ => Err(Fault::Type),
                    };
                }
                ref node => {
                    return match self.node(node)? {
                        Value::Bool(flag) => Ok(flag),
                        _ => Err(Fault::Type),
                    };
                }
            }
        }
    }

    /// The value of a node.
    pub(crate) fn value(&mut self, id: NodeId) -> Result<Value<'a>, Fault> {
        match *self.program.node(id).ok_or(Fault::Program)? {
            // The commonest operands, answered here so that they cost no further call.
            Node::Long(number) => Ok(Value::Long(number)),
            Node::Entity(handle) => Ok(Value::Entity(handle)),
            Node::Principal => Ok(Value::Entity(self.question.principal)),
            Node::Resource => Ok(Value::Entity(self.question.resource)),
            Node::Constant(number) => self.constant(number),
            Node::Attribute(of, slot) => {
                let handle = self.handle(of)?;
                self.attribute(handle, slot).ok_or(Fault::Missing)
            }
            Node::Context(slot) => self.context(slot).ok_or(Fault::Missing),
            Node::If(condition, then, otherwise) => {
                let branch = if self.holds(condition)? { then } else { otherwise };
                self.value(branch)
            }
            Node::And(..) | Node::Or(..) | Node::Unary(Unary::Not, _) => self.holds(id).map(Value::Bool),
            ref node => self.node(node),
        }
    }

    /// The value of a node that is no connective and no plain operand.
    fn node(&mut self, node: &'a Node) -> Result<Value<'a>, Fault> {
        Ok(match *node {
            Node::Bool(flag) => Value::Bool(flag),
            Node::Action => Value::Entity(self.action_handle()?),
            Node::ContextHas(slot) => Value::Bool(self.context(slot).is_some()),
            Node::Has(of, slot) => {
                let handle = self.handle(of)?;
                Value::Bool(self.attribute(handle, slot).is_some())
            }
            Node::Is(of, kind) => Value::Bool(self.handle(of)?.kind() == kind),
            Node::Like(of, pattern) => {
                let text = self.string(of)?;
                Value::Bool(self.program.pattern(pattern).ok_or(Fault::Program)?.matches(text))
            }
            Node::Unary(op, of) => self.unary(op, of)?,
            Node::Binary(op, left, right) => self.binary(op, left, right)?,
            Node::Set(start, count) => self.build(start, count)?,
            Node::Moving(slot, comparison, bound) => Value::Bool(self.moving(slot, comparison, bound)?),
            Node::Long(_)
            | Node::Entity(_)
            | Node::Principal
            | Node::Resource
            | Node::Constant(_)
            | Node::Attribute(..)
            | Node::Context(_)
            | Node::And(..)
            | Node::Or(..)
            | Node::If(..) => return Err(Fault::Program),
        })
    }

    /// The entity behind a handle as this question sees it.
    pub(crate) fn entity(&mut self, handle: Handle) -> Option<&'a Entity> {
        if handle == self.question.principal {
            return self.principal;
        }
        if handle == self.question.resource {
            return self.resource;
        }
        if let Some((last, entity)) = self.last
            && last == handle
        {
            return entity;
        }
        self.reads.entity(handle);
        let entity = match self.question.supposed {
            Some((device, entity)) if device == handle => Some(entity),
            _ => self.question.facts.get(handle),
        };
        self.last = Some((handle, entity));
        entity
    }

    pub(crate) fn handle(&mut self, id: NodeId) -> Result<Handle, Fault> {
        match *self.program.node(id).ok_or(Fault::Program)? {
            Node::Principal => Ok(self.question.principal),
            Node::Resource => Ok(self.question.resource),
            _ => match self.value(id)? {
                Value::Entity(handle) => Ok(handle),
                _ => Err(Fault::Type),
            },
        }
    }

    pub(crate) fn string(&mut self, id: NodeId) -> Result<&'a str, Fault> {
        match self.value(id)? {
            Value::String(text) => Ok(text),
            _ => Err(Fault::Type),
        }
    }

    /// Whether an entity is another one or in it.
    pub(crate) fn is_in(&mut self, entity: Handle, group: Handle) -> bool {
        if entity == group {
            return true;
        }
        if entity.kind() == EntityType::Action {
            let name = |handle| self.question.facts.interner().name(handle);
            let member = Action::ALL.into_iter().find(|action| action.name() == name(entity).as_str());
            return group.kind() == EntityType::Action && name(group) == "use" && member.is_some_and(Action::is_use);
        }
        self.entity(entity).is_some_and(|entity| entity.has_ancestor(group))
    }

    fn constant(&self, number: u32) -> Result<Value<'a>, Fault> {
        self.program.constant(number).and_then(Value::of).ok_or(Fault::Program)
    }

    fn action_handle(&self) -> Result<Handle, Fault> {
        let name = self.question.action.name();
        self.question.facts.interner().lookup(EntityType::Action, name).ok_or(Fault::Program)
    }

    fn context(&mut self, slot: ContextSlot) -> Option<Value<'a>> {
        self.reads.slot(slot);
        if let Some(at) = self.question.situation.lasts(slot) {
            self.reads.holds_until(at);
        }
        self.question.situation.get(slot)
    }

    fn attribute(&mut self, handle: Handle, slot: Slot) -> Option<Value<'a>> {
        let entity = self.entity(handle)?;
        if slot.is_posture() && handle.kind() == EntityType::Device {
            // INVARIANT I-5: what a device reported is read only of the request's own device and only while it is fresh.
            self.reads.posture = true;
            match self.question.situation.posture {
                Posture::Fresh(until) if self.question.situation.device == Some(handle) => {
                    self.reads.holds_until(until)
                }
                _ => return None,
            }
        }
        Value::of(entity.get(slot))
    }

    /// Compares an attribute that grows with time, and notes when the answer will change.
    fn moving(&mut self, slot: ContextSlot, comparison: Comparison, bound: u32) -> Result<bool, Fault> {
        self.reads.slot(slot);
        let value = self.question.situation.get(slot).ok_or(Fault::Missing)?;
        let (value, bound) = match (value, self.constant(bound)?) {
            (Value::Datetime(a), Value::Datetime(b)) | (Value::Duration(a), Value::Duration(b)) => (a, b),
            _ => return Err(Fault::Type),
        };
        let (answer, changes_after) = match comparison {
            Comparison::Less => (value < bound, 0),
            Comparison::GreaterOrEqual => (value >= bound, 0),
            Comparison::LessOrEqual => (value <= bound, 1),
            Comparison::Greater => (value > bound, 1),
        };
        let left = bound.saturating_sub(value).saturating_add(changes_after);
        if left > 0 {
            let now = self.question.situation.now.as_millis();
            self.reads.holds_until(sekisho_model::Timestamp::from_millis(now.saturating_add(left)));
        }
        Ok(answer)
    }

    fn build(&mut self, start: u32, count: u32) -> Result<Value<'a>, Fault> {
        let program = self.program;
        let mut members = Vec::new();
        for id in program.members(start, count) {
            let value = self.value(*id)?;
            members.push(self.fact(value));
        }
        self.built.push(members.into_iter().collect());
        Ok(Value::Built(self.built.len() - 1))
    }

    fn fact(&self, value: Value<'_>) -> Fact {
        match value {
            Value::Bool(flag) => Fact::Bool(flag),
            Value::Long(number) => Fact::Long(number),
            Value::String(text) => Fact::string(text),
            Value::Entity(handle) => Fact::Entity(handle),
            Value::Set(_) | Value::Built(_) => Fact::set(self.members(value).unwrap_or(&[]).iter().cloned()),
            Value::Ip(ip) => Fact::Ip(std::sync::Arc::new(*ip)),
            Value::Decimal(decimal) => Fact::Decimal(decimal),
            Value::Datetime(at) => Fact::Datetime(at),
            Value::Duration(span) => Fact::Duration(span),
        }
    }

    /// The members of a set value in order.
    pub(crate) fn members<'s>(&'s self, value: Value<'s>) -> Result<&'s [Fact], Fault> {
        match value {
            Value::Set(set) => Ok(set.members()),
            Value::Built(number) => self.built.get(number).map(FactSet::members).ok_or(Fault::Program),
            _ => Err(Fault::Type),
        }
    }

    fn binary(&mut self, op: Binary, left: NodeId, right: NodeId) -> Result<Value<'a>, Fault> {
        let (left, right) = (self.value(left)?, self.value(right)?);
        self.apply(op, left, right)
    }

    fn unary(&mut self, op: Unary, of: NodeId) -> Result<Value<'a>, Fault> {
        let of = self.value(of)?;
        self.apply_unary(op, of)
    }
}
