//! The evaluator: one condition of a compiled policy over typed facts. It allocates only for a set that the policy itself
//! builds from values, and notes everything it reads.

use sekisho_model::facts::{ContextSlot, Entity, EntityType, Fact, FactBase, FactSet, Handle, Slot};
use sekisho_model::{Action, Timestamp};
use sekisho_policy_language::Program;
use sekisho_policy_language::node::{Binary, Comparison, Node, NodeId, Unary, Whose};

use crate::operators::{in_range, ordered};
use crate::reads::Reads;
use crate::reports::Reports;
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
    pub reports: Reports<'a>,
    pub parties: Parties<'a>,
}

impl Question<'_> {
    /// Until when what a device reported may be read; `None` when it may not be read now.
    pub(crate) fn reported_until(&self, device: Handle) -> Option<Timestamp> {
        // INVARIANT I-5: what a device reported is read only while it is fresh. The request's own device is taken at the
        // weaker reading of request and World, every other one as the World has it.
        if self.situation.device == Some(device) {
            return match self.situation.posture {
                Posture::Fresh(until) => Some(until),
                Posture::Stale => None,
            };
        }
        self.reports.fresh_until(device, self.situation.now)
    }
}

/// The entities that every request is about. They are looked up together and before anything is asked of them: memory
/// answers several look-ups in the time of one when none of them waits for another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parties<'a> {
    pub principal: Option<&'a Entity>,
    /// What the principal is in, directly or through others.
    pub principal_in: &'a [Handle],
    pub resource: Option<&'a Entity>,
    /// What the resource is in.
    pub resource_in: &'a [Handle],
    /// The device as it is, or as it is supposed to be.
    pub device: Option<(Handle, Option<&'a Entity>)>,
}

impl<'a> Parties<'a> {
    #[inline]
    pub(crate) fn of(facts: &'a FactBase, principal: Handle, resource: Handle, device: Option<Handle>) -> Self {
        let typed = |entity: Option<&'a Entity>, kind| entity.filter(|entity| entity.kind() == kind);
        let (principal, resource, device) = (
            typed(facts.get(principal), principal.kind()),
            typed(facts.get(resource), resource.kind()),
            device.map(|device| (device, typed(facts.get(device), device.kind()))),
        );
        let ancestors = |entity: Option<&'a Entity>| entity.map_or(&[][..], |entity| entity.ancestors());
        Self { principal, principal_in: ancestors(principal), resource, resource_in: ancestors(resource), device }
    }
}

/// Evaluates conditions of one program for one question.
pub(crate) struct Evaluator<'a> {
    pub(crate) question: Question<'a>,
    pub(crate) program: &'a Program,
    pub(crate) built: Vec<FactSet>,
    /// The entity besides principal and resource that was read last: mostly the device, again and again.
    last: Option<(Handle, Option<&'a Entity>)>,
    terms: Terms,
    pub(crate) reads: Reads,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(program: &'a Program, question: Question<'a>) -> Self {
        Self { question, program, built: Vec::new(), last: None, terms: Terms::new(), reads: Reads::none() }
    }

    /// Whether a term of a condition holds: evaluated once, however many policies share it.
    #[inline]
    pub(crate) fn term(&mut self, id: NodeId) -> Result<bool, Fault> {
        if let Some(outcome) = self.terms.get(id) {
            return outcome;
        }
        let program = self.program;
        let outcome = match *program.node(id).ok_or(Fault::Program)? {
            Node::Against(test, of, constant) => self.against(test, of, constant),
            Node::Moving(slot, comparison, bound) => self.moving(slot, comparison, bound),
            ref node => self.holds(id, node),
        };
        self.terms.keep(id, outcome);
        outcome
    }

    /// `&&`
    pub(crate) fn all(&mut self, terms: &'a [NodeId]) -> Result<bool, Fault> {
        for term in terms {
            if !self.term(*term)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `||`
    fn any(&mut self, terms: &'a [NodeId]) -> Result<bool, Fault> {
        for term in terms {
            if self.term(*term)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a condition holds. Every node that comes to a truth value by itself is answered here.
    fn holds(&mut self, id: NodeId, node: &'a Node) -> Result<bool, Fault> {
        match *node {
            Node::All(start, count) => self.all(self.program.members(start, count)),
            Node::Any(start, count) => self.any(self.program.members(start, count)),
            Node::Unary(Unary::Not, of) => Ok(!self.term(of)?),
            Node::ContextHas(slot) => Ok(self.context(slot).is_some()),
            Node::HasOwn(whose, slot) => Ok(self.own(whose, slot)?.is_some()),
            Node::Own(whose, slot) => truth(self.own(whose, slot)?.ok_or(Fault::Missing)?),
            Node::Against(test, of, constant) => self.against(test, of, constant),
            Node::Moving(slot, comparison, bound) => self.moving(slot, comparison, bound),
            Node::Binary(Binary::Less, left, right) => Ok(ordered(self.operand(left)?, self.operand(right)?)?.is_lt()),
            Node::Binary(Binary::LessOrEqual, left, right) => {
                Ok(ordered(self.operand(left)?, self.operand(right)?)?.is_le())
            }
            Node::Binary(Binary::Equal, left, right) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                Ok(self.equal(left, right))
            }
            Node::Binary(Binary::Contains, left, right) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                self.contains(left, right)
            }
            Node::Binary(Binary::IsInRange, left, right) => in_range(self.operand(left)?, self.operand(right)?),
            Node::Like(of, pattern) => self.like(of, pattern),
            Node::Bool(flag) => Ok(flag),
            Node::Has(of, slot) => {
                let handle = self.handle(of)?;
                Ok(self.attribute(handle, slot).is_some())
            }
            Node::Is(of, kind) => Ok(self.handle(of)?.kind() == kind),
            _ => truth(self.value(id)?),
        }
    }

    /// The value of a node.
    pub(crate) fn value(&mut self, id: NodeId) -> Result<Value<'a>, Fault> {
        Ok(match *self.program.node(id).ok_or(Fault::Program)? {
            Node::Long(number) => Value::Long(number),
            Node::Constant(number) => self.constant(number)?,
            Node::Entity(handle) => Value::Entity(handle),
            Node::Principal => Value::Entity(self.question.principal),
            Node::Resource => Value::Entity(self.question.resource),
            Node::Action => Value::Entity(self.action_handle()?),
            Node::Context(slot) => self.context(slot).ok_or(Fault::Missing)?,
            Node::Own(whose, slot) => self.own(whose, slot)?.ok_or(Fault::Missing)?,
            Node::Attribute(of, slot) => {
                let handle = self.handle(of)?;
                self.attribute(handle, slot).ok_or(Fault::Missing)?
            }
            Node::If(condition, then, otherwise) => {
                let branch = if self.term(condition)? { then } else { otherwise };
                self.value(branch)?
            }
            Node::Set(start, count) => self.build(start, count)?,
            Node::Bool(_)
            | Node::All(..)
            | Node::Any(..)
            | Node::ContextHas(_)
            | Node::HasOwn(..)
            | Node::Has(..)
            | Node::Is(..)
            | Node::Like(..)
            | Node::Moving(..)
            | Node::Against(..)
            | Node::Unary(Unary::Not, _)
            | Node::Binary(
                Binary::Less | Binary::LessOrEqual | Binary::Equal | Binary::Contains | Binary::IsInRange,
                ..,
            ) => Value::Bool(self.term(id)?),
            Node::Unary(op, of) => {
                let of = self.value(of)?;
                self.apply_unary(op, of)?
            }
            Node::Binary(op, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.apply(op, left, right)?
            }
        })
    }

    /// The value of a node, with what stands most often on either side of an operator answered in place.
    fn operand(&mut self, id: NodeId) -> Result<Value<'a>, Fault> {
        match *self.program.node(id).ok_or(Fault::Program)? {
            Node::Long(number) => Ok(Value::Long(number)),
            Node::Constant(number) => self.constant(number),
            Node::Own(whose, slot) => self.own(whose, slot)?.ok_or(Fault::Missing),
            Node::Context(slot) => self.context(slot).ok_or(Fault::Missing),
            _ => self.value(id),
        }
    }

    /// The entity behind a handle as this question sees it.
    #[inline]
    pub(crate) fn entity(&mut self, handle: Handle) -> Option<&'a Entity> {
        if handle == self.question.principal {
            return self.question.parties.principal;
        }
        if handle == self.question.resource {
            return self.question.parties.resource;
        }
        if let Some((last, entity)) = self.last
            && last == handle
        {
            return entity;
        }
        self.reads.entity(handle);
        let entity = match self.question.parties.device {
            Some((device, entity)) if device == handle => entity,
            _ => self.question.facts.get(handle),
        };
        self.last = Some((handle, entity));
        entity
    }

    fn handle(&mut self, id: NodeId) -> Result<Handle, Fault> {
        match self.value(id)? {
            Value::Entity(handle) => Ok(handle),
            _ => Err(Fault::Type),
        }
    }

    fn like(&mut self, of: NodeId, pattern: u32) -> Result<bool, Fault> {
        let Value::String(text) = self.operand(of)? else { return Err(Fault::Type) };
        Ok(self.program.pattern(pattern).ok_or(Fault::Program)?.matches(text))
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

    #[inline]
    pub(crate) fn constant(&self, number: u32) -> Result<Value<'a>, Fault> {
        self.program.constant(number).and_then(Value::of).ok_or(Fault::Program)
    }

    fn action_handle(&self) -> Result<Handle, Fault> {
        let name = self.question.action.name();
        self.question.facts.interner().lookup(EntityType::Action, name).ok_or(Fault::Program)
    }

    #[inline]
    pub(crate) fn context(&mut self, slot: ContextSlot) -> Option<Value<'a>> {
        self.reads.slot(slot);
        if slot.moves_with_time()
            && let Some(at) = self.question.situation.lasts(slot)
        {
            self.reads.holds_until(at);
        }
        self.question.situation.get(slot)
    }

    /// An attribute of an entity that every request is about.
    #[inline]
    pub(crate) fn own(&mut self, whose: Whose, slot: Slot) -> Result<Option<Value<'a>>, Fault> {
        let entity = match whose {
            Whose::Principal => self.question.parties.principal,
            Whose::Resource => self.question.parties.resource,
            Whose::Device => {
                self.reads.slot(ContextSlot::Device);
                let device = self.question.situation.device.ok_or(Fault::Missing)?;
                return Ok(self.attribute(device, slot));
            }
        };
        Ok(entity.and_then(|entity| Value::of(entity.get(slot))))
    }

    /// An attribute of an entity that a node comes to.
    pub(crate) fn attribute_of(&mut self, of: NodeId, slot: Slot) -> Option<Value<'a>> {
        let handle = self.handle(of).ok()?;
        self.attribute(handle, slot)
    }

    fn attribute(&mut self, handle: Handle, slot: Slot) -> Option<Value<'a>> {
        let entity = self.entity(handle)?;
        if slot.is_posture() && handle.kind() == EntityType::Device {
            self.reads.report(handle, self.question.situation.device == Some(handle));
            self.reads.holds_until(self.question.reported_until(handle)?);
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
            self.reads.holds_until(Timestamp::from_millis(now.saturating_add(left)));
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

    /// A value as a fact.
    pub(crate) fn fact(&self, value: Value<'_>) -> Fact {
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
}

fn truth(value: Value<'_>) -> Result<bool, Fault> {
    match value {
        Value::Bool(flag) => Ok(flag),
        _ => Err(Fault::Type),
    }
}
