//! Compiled conditions as text again: what a person reads of a term, in the words of the policy language without its namespace.

use sekisho_model::Timestamp;
use sekisho_model::facts::{Fact, Handle, Interner};

use crate::Program;
use crate::node::{Against, Binary, Comparison, Node, NodeId, Read, Unary, Whose};

/// What cannot be written: a program has no such node.
const NOTHING: &str = "?";

impl Program {
    /// A node as text.
    #[must_use]
    pub fn written(&self, id: NodeId, interner: &Interner) -> String {
        Writer { program: self, interner }.node(id)
    }
}

/// An attribute as text.
#[must_use]
pub fn read_text(read: Read) -> String {
    match read {
        Read::Own(whose, slot) => format!("{}.{}", whose_text(whose), slot.path()),
        Read::Context(slot) => format!("context.{}", slot.path()),
    }
}

/// A value as text, as literals are written but for times and spans, which are written as people read them.
#[must_use]
pub fn fact_text(fact: &Fact, interner: &Interner) -> String {
    match fact {
        Fact::Absent => NOTHING.to_owned(),
        Fact::Bool(flag) => flag.to_string(),
        Fact::Long(number) => number.to_string(),
        Fact::String(text) => format!("\"{}\"", text.escape_debug()),
        Fact::Entity(handle) => entity_text(*handle, interner),
        Fact::Set(set) => {
            let members: Vec<String> = set.members().iter().map(|member| fact_text(member, interner)).collect();
            format!("[{}]", members.join(", "))
        }
        Fact::Record(_) => NOTHING.to_owned(),
        Fact::Ip(ip) => match (ip.address.is_ipv4(), ip.prefix) {
            (true, 32) | (false, 128) => ip.address.to_string(),
            (_, prefix) => format!("{}/{prefix}", ip.address),
        },
        Fact::Decimal(decimal) => {
            let sign = if decimal.0 < 0 { "-" } else { "" };
            format!("{sign}{}.{:04}", decimal.0.unsigned_abs() / 10_000, decimal.0.unsigned_abs() % 10_000)
        }
        Fact::Datetime(at) => Timestamp::from_millis(*at).to_string(),
        Fact::Duration(span) => duration_text(*span),
    }
}

/// An entity as text: `Group::"staff"`.
#[must_use]
pub fn entity_text(handle: Handle, interner: &Interner) -> String {
    format!("{}::\"{}\"", short(handle.kind().name()), interner.name(handle).escape_debug())
}

/// A type without its namespace.
fn short(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn duration_text(millis: i64) -> String {
    const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let (sign, mut left) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    let mut text = String::from(sign);
    for (unit, length) in UNITS {
        if left >= length {
            text.push_str(&format!("{}{unit}", left / length));
            left %= length;
        }
    }
    if millis == 0 { "0s".to_owned() } else { text }
}

const fn whose_text(whose: Whose) -> &'static str {
    match whose {
        Whose::Principal => "principal",
        Whose::Resource => "resource",
        Whose::Device => "context.device",
    }
}

struct Writer<'a> {
    program: &'a Program,
    interner: &'a Interner,
}

impl Writer<'_> {
    fn node(&self, id: NodeId) -> String {
        let Some(node) = self.program.node(id) else { return NOTHING.to_owned() };
        match *node {
            Node::Bool(flag) => flag.to_string(),
            Node::Long(number) => number.to_string(),
            Node::Constant(number) => self.constant(number),
            Node::Entity(handle) => entity_text(handle, self.interner),
            Node::Principal => "principal".to_owned(),
            Node::Action => "action".to_owned(),
            Node::Resource => "resource".to_owned(),
            Node::Context(slot) => read_text(Read::Context(slot)),
            Node::ContextHas(slot) => format!("context has {}", slot.path()),
            Node::Attribute(of, slot) => format!("{}.{}", self.operand(of), slot.path()),
            Node::Has(of, slot) => format!("{} has {}", self.operand(of), slot.path()),
            Node::Own(whose, slot) => read_text(Read::Own(whose, slot)),
            Node::HasOwn(whose, slot) => format!("{} has {}", whose_text(whose), slot.path()),
            Node::Is(of, kind) => format!("{} is {}", self.operand(of), short(kind.name())),
            Node::Like(of, pattern) => format!("{} like \"{}\"", self.operand(of), self.pattern(pattern)),
            Node::Unary(Unary::Not, of) => format!("!{}", self.operand(of)),
            Node::Unary(Unary::Negate, of) => format!("-{}", self.operand(of)),
            Node::Unary(op, of) => format!("{}.{}()", self.operand(of), unary(op)),
            Node::Binary(op, left, right) => self.binary(op, left, right),
            Node::All(start, count) => self.list(start, count, " && "),
            Node::Any(start, count) => self.list(start, count, " || "),
            Node::If(condition, then, otherwise) => {
                format!("if {} then {} else {}", self.node(condition), self.node(then), self.node(otherwise))
            }
            Node::Set(start, count) => format!("[{}]", self.list(start, count, ", ")),
            Node::Moving(slot, comparison, bound) => {
                let sign = match comparison {
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::Greater => ">",
                    Comparison::GreaterOrEqual => ">=",
                };
                format!("context.{} {sign} {}", slot.path(), self.constant(bound))
            }
            Node::Against(test, read, constant) => self.against(test, &read_text(read), constant),
        }
    }

    fn against(&self, test: Against, read: &str, constant: u32) -> String {
        let sign = match test {
            Against::Equal => "==",
            Against::Less => "<",
            Against::LessOrEqual => "<=",
            Against::Greater => ">",
            Against::GreaterOrEqual => ">=",
            Against::Member => return format!("{}.contains({read})", self.constant(constant)),
            Against::InRange => return format!("{read}.isInRange({})", self.constant(constant)),
            Against::Like => return format!("{read} like \"{}\"", self.pattern(constant)),
        };
        format!("{read} {sign} {}", self.constant(constant))
    }

    fn binary(&self, op: Binary, left: NodeId, right: NodeId) -> String {
        let (left, right) = (self.operand(left), || self.operand(right));
        let sign = match op {
            Binary::Equal => "==",
            Binary::Less => "<",
            Binary::LessOrEqual => "<=",
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::In => "in",
            other => return format!("{left}.{}({})", method(other), right()),
        };
        format!("{left} {sign} {}", right())
    }

    /// A node inside another one: in brackets where it has several parts.
    fn operand(&self, id: NodeId) -> String {
        let text = self.node(id);
        let is_plain = match self.program.node(id) {
            Some(Node::All(..) | Node::Any(..) | Node::If(..) | Node::Moving(..) | Node::Is(..) | Node::Like(..)) => {
                false
            }
            Some(Node::ContextHas(_) | Node::Has(..) | Node::HasOwn(..)) => false,
            Some(Node::Against(test, ..)) => matches!(test, Against::Member | Against::InRange),
            Some(Node::Binary(op, ..)) => !matches!(
                op,
                Binary::Equal
                    | Binary::Less
                    | Binary::LessOrEqual
                    | Binary::Add
                    | Binary::Subtract
                    | Binary::Multiply
                    | Binary::In
            ),
            _ => true,
        };
        if is_plain { text } else { format!("({text})") }
    }

    fn list(&self, start: u32, count: u32, between: &str) -> String {
        let members = self.program.members(start, count).iter();
        members.map(|member| self.operand(*member)).collect::<Vec<_>>().join(between)
    }

    fn constant(&self, number: u32) -> String {
        self.program.constant(number).map_or_else(|| NOTHING.to_owned(), |fact| fact_text(fact, self.interner))
    }

    fn pattern(&self, number: u32) -> String {
        self.program.pattern(number).map_or_else(|| NOTHING.to_owned(), |pattern| pattern.written())
    }
}

const fn unary(op: Unary) -> &'static str {
    match op {
        Unary::Not => "not",
        Unary::Negate => "negate",
        Unary::IsEmpty => "isEmpty",
        Unary::IsIpv4 => "isIpv4",
        Unary::IsIpv6 => "isIpv6",
        Unary::IsLoopback => "isLoopback",
        Unary::IsMulticast => "isMulticast",
        Unary::ToDate => "toDate",
        Unary::ToTime => "toTime",
        Unary::ToMilliseconds => "toMilliseconds",
        Unary::ToSeconds => "toSeconds",
        Unary::ToMinutes => "toMinutes",
        Unary::ToHours => "toHours",
        Unary::ToDays => "toDays",
    }
}

const fn method(op: Binary) -> &'static str {
    match op {
        Binary::Contains => "contains",
        Binary::ContainsAll => "containsAll",
        Binary::ContainsAny => "containsAny",
        Binary::HasTag => "hasTag",
        Binary::GetTag => "getTag",
        Binary::IsInRange => "isInRange",
        Binary::Offset => "offset",
        Binary::DurationSince => "durationSince",
        Binary::DecimalLess => "lessThan",
        Binary::DecimalLessOrEqual => "lessThanOrEqual",
        Binary::Equal | Binary::Less | Binary::LessOrEqual => "compare",
        Binary::Add | Binary::Subtract | Binary::Multiply => "calculate",
        Binary::In => "in",
    }
}
