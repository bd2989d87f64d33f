//! The values that a condition reads, as they are.

use sekisho_model::facts::{ContextSlot, Fact, Handle, Interner, Slot};
use sekisho_policy_language::node::{Binary, Node, NodeId, Read, Whose};
use sekisho_policy_language::{fact_text, read_text};

use crate::evaluate::Evaluator;
use crate::value::Value;

/// How many values of one condition, and how many members of one set, are shown.
const MOST: usize = 12;
/// The most levels of a condition that are searched for the attributes that it reads.
const DEEPEST: usize = 32;

/// A value that a condition reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualValue {
    /// What is read: `context.session.assurance`.
    pub name: String,
    /// What it is; `None` when it is not there.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The request itself: its method, path, host and address. The record of a decision holds these.
    Request,
    /// The time of the decision, which its record holds.
    Time,
    /// The risk that was weighed, which its record holds.
    Risk,
    /// The session.
    Session,
    /// The facts of the World.
    Facts,
}

impl ActualValue {
    /// The subject itself.
    pub(crate) fn principal(value: String) -> Self {
        Self { name: "principal".to_owned(), value: Some(value), source: Source::Request }
    }
}

/// What an entity is in.
pub(crate) fn names(name: &str, groups: &[Handle], interner: &Interner) -> ActualValue {
    let mut shown: Vec<String> = groups.iter().map(|group| interner.name(*group).to_string()).collect();
    shown.sort_unstable();
    let more = shown.len().saturating_sub(MOST);
    shown.truncate(MOST);
    if more > 0 {
        shown.push(format!("… (+{more})"));
    }
    ActualValue { name: name.to_owned(), value: Some(format!("[{}]", shown.join(", "))), source: Source::Facts }
}

/// The values that a term reads, each once.
pub(crate) fn of_term(evaluator: &mut Evaluator<'_>, interner: &Interner, term: NodeId) -> Vec<ActualValue> {
    let mut reader = Reader { evaluator, interner, values: Vec::new() };
    reader.node(term, 0);
    reader.values
}

struct Reader<'e, 'a> {
    evaluator: &'e mut Evaluator<'a>,
    interner: &'e Interner,
    values: Vec<ActualValue>,
}

impl Reader<'_, '_> {
    fn node(&mut self, id: NodeId, depth: usize) {
        let Some(node) = self.evaluator.program.node(id).copied() else { return };
        if depth > DEEPEST || self.values.len() >= MOST {
            return;
        }
        let below = depth + 1;
        match node {
            Node::Own(whose, slot) | Node::HasOwn(whose, slot) => self.own(whose, slot),
            Node::Context(slot) | Node::ContextHas(slot) | Node::Moving(slot, ..) => self.context(slot),
            Node::Against(_, Read::Own(whose, slot), _) => self.own(whose, slot),
            Node::Against(_, Read::Context(slot), _) => self.context(slot),
            Node::Attribute(of, slot) | Node::Has(of, slot) => {
                let name = format!("{}.{}", self.evaluator.program.written(of, self.interner), slot.path());
                let value = self.evaluator.attribute_of(of, slot);
                self.push(name, value, Source::Facts);
                self.node(of, below);
            }
            Node::Binary(Binary::In, left, _) => self.within(left),
            Node::Binary(Binary::GetTag, ..) => {
                let value = self.evaluator.value(id).ok();
                self.push(self.evaluator.program.written(id, self.interner), value, Source::Facts);
            }
            Node::Binary(_, left, right) => {
                self.node(left, below);
                self.node(right, below);
            }
            Node::Unary(_, of) | Node::Is(of, _) | Node::Like(of, _) => self.node(of, below),
            Node::All(start, count) | Node::Any(start, count) | Node::Set(start, count) => {
                for member in self.evaluator.program.members(start, count) {
                    self.node(*member, below);
                }
            }
            Node::If(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|id| self.node(id, below))
            }
            Node::Bool(_) | Node::Long(_) | Node::Constant(_) | Node::Entity(_) => {}
            Node::Principal | Node::Action | Node::Resource => {}
        }
    }

    fn own(&mut self, whose: Whose, slot: Slot) {
        let value = self.evaluator.own(whose, slot).ok().flatten();
        self.push(read_text(Read::Own(whose, slot)), value, Source::Facts);
    }

    fn context(&mut self, slot: ContextSlot) {
        let value = self.evaluator.context(slot);
        self.push(read_text(Read::Context(slot)), value, source(slot));
    }

    fn within(&mut self, of: NodeId) {
        let name = format!("{} in", self.evaluator.program.written(of, self.interner));
        let Ok(Value::Entity(entity)) = self.evaluator.value(of) else { return };
        let groups = self.evaluator.entity(entity).map(|entity| entity.ancestors().to_vec()).unwrap_or_default();
        self.add(names(&name, &groups, self.interner));
    }

    fn push(&mut self, name: String, value: Option<Value<'_>>, source: Source) {
        let value = value.map(|value| self.text(value));
        self.add(ActualValue { name, value, source });
    }

    fn add(&mut self, value: ActualValue) {
        if !self.values.iter().any(|one| one.name == value.name) {
            self.values.push(value);
        }
    }

    fn text(&self, value: Value<'_>) -> String {
        let whole = match self.evaluator.members(value) {
            Ok(members) if members.len() > MOST => {
                let first = Fact::set(members.iter().take(MOST).cloned());
                return format!("{} … (+{})", fact_text(&first, self.interner), members.len() - MOST);
            }
            _ => self.evaluator.fact(value),
        };
        fact_text(&whole, self.interner)
    }
}

const fn source(slot: ContextSlot) -> Source {
    match slot {
        ContextSlot::Now | ContextSlot::Hour | ContextSlot::Weekday => Source::Time,
        ContextSlot::Risk | ContextSlot::Trust => Source::Risk,
        ContextSlot::RequestMethod
        | ContextSlot::RequestPath
        | ContextSlot::RequestHost
        | ContextSlot::RequestOperation
        | ContextSlot::NetworkIp => Source::Request,
        ContextSlot::SessionAge
        | ContextSlot::SessionAuthAge
        | ContextSlot::SessionAssurance
        | ContextSlot::SessionMethods
        | ContextSlot::SessionPhishingResistant
        | ContextSlot::SessionDeviceBound => Source::Session,
        ContextSlot::NetworkZone
        | ContextSlot::NetworkCountry
        | ContextSlot::NetworkAsn
        | ContextSlot::NetworkThreat
        | ContextSlot::Device
        | ContextSlot::GrantId
        | ContextSlot::GrantUntil => Source::Facts,
    }
}
