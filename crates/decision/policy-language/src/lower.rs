//! From the public syntax tree of the `cedar-policy` crate to our own program. What it does not know, it refuses.

use std::sync::Arc;

use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, PatternElem, UnaryOp, Var};
use sekisho_model::facts::{ContextSlot, Fact, Interner, Slot};

use crate::lower_against;
use crate::lower_context;
use crate::node::{Against, Binary, Comparison, Node, NodeId, Unary, Whose};
use crate::pattern::Pattern;
use crate::program::Condition;
use crate::program_builder::ProgramBuilder;
use crate::refusal::Refusal;
use crate::scope::{entity_type, handle};
use crate::{literal::Constructor, literal::Literals};

/// The deepest tree: what the scanner lets through is never this deep, and the evaluator's stack is sure to hold it.
const MAX_DEPTH: usize = 512;

/// Lowers conditions into one program.
pub(crate) struct Lowering<'a> {
    pub program: &'a mut ProgramBuilder,
    pub interner: &'a Interner,
    pub literals: &'a mut Literals,
}

impl Lowering<'_> {
    /// The condition of a policy: every `when` and no `unless`.
    pub(crate) fn clauses(&mut self, clauses: &[Clause]) -> Result<Condition, Refusal> {
        let mut terms = Vec::with_capacity(clauses.len());
        for clause in clauses {
            match clause {
                Clause::When(expr) => self.terms(expr, true, &mut terms, 0)?,
                Clause::Unless(expr) => {
                    let inner = self.expr(expr, 0)?;
                    terms.push(self.push(Node::Unary(Unary::Not, inner))?);
                }
            }
        }
        self.program.condition(terms).ok_or_else(Refusal::too_large)
    }

    pub(crate) fn push(&mut self, node: Node) -> Result<NodeId, Refusal> {
        self.program.push(node).ok_or_else(Refusal::too_large)
    }

    /// All of these terms; `true` when there is none.
    pub(crate) fn all(&mut self, terms: Vec<NodeId>) -> Result<NodeId, Refusal> {
        self.connect(terms, Node::All)
    }

    /// An attribute of an entity.
    pub(crate) fn attribute(&mut self, of: NodeId, slot: Slot) -> Result<NodeId, Refusal> {
        self.push(self.whose(of).map_or(Node::Attribute(of, slot), |whose| Node::Own(whose, slot)))
    }

    /// Whether an entity has an attribute.
    pub(crate) fn has(&mut self, of: NodeId, slot: Slot) -> Result<NodeId, Refusal> {
        self.push(self.whose(of).map_or(Node::Has(of, slot), |whose| Node::HasOwn(whose, slot)))
    }

    fn whose(&self, of: NodeId) -> Option<Whose> {
        match self.program.node(of)? {
            Node::Principal => Some(Whose::Principal),
            Node::Resource => Some(Whose::Resource),
            Node::Context(ContextSlot::Device) => Some(Whose::Device),
            _ => None,
        }
    }

    pub(crate) fn expr(&mut self, expr: &Expr, depth: usize) -> Result<NodeId, Refusal> {
        if depth > MAX_DEPTH {
            return Err(Refusal::new("the condition is nested too deep", "split the policy"));
        }
        let depth = depth + 1;
        match expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Var(var) => self.var(var),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, depth),
            Expr::BinaryOp { op, left, right } => self.binary(*op, left, right, expr, depth),
            Expr::GetAttr { expr: of, attr } => match lower_context::attribute(of, attr)? {
                Some(slot) => self.push(Node::Context(slot)),
                None => {
                    let (of, slot) = (self.expr(of, depth)?, slot(attr)?);
                    self.attribute(of, slot)
                }
            },
            Expr::HasAttr { expr, attrs } => lower_context::has(self, expr, attrs.iter(), depth),
            Expr::Like { expr, pattern } => {
                let of = self.expr(expr, depth)?;
                let pattern = self.program.push_pattern(pieces(pattern)).ok_or_else(Refusal::too_large)?;
                self.push(match lower_against::read(self.program, of) {
                    Some(read) => Node::Against(Against::Like, read, pattern),
                    None => Node::Like(of, pattern),
                })
            }
            Expr::Is { expr, entity_type: kind, in_expr } => {
                let kind = entity_type(&kind.0.to_string())?;
                let of = self.expr(expr, depth)?;
                let is = self.push(Node::Is(of, kind))?;
                let Some(group) = in_expr else { return Ok(is) };
                let group = self.expr(group, depth)?;
                let within = self.push(Node::Binary(Binary::In, of, group))?;
                self.all(vec![is, within])
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                let cond = self.expr(cond, depth)?;
                let then = self.expr(then_expr, depth)?;
                let otherwise = self.expr(else_expr, depth)?;
                self.push(Node::If(cond, then, otherwise))
            }
            Expr::Set(members) => self.set(members, depth),
            Expr::Record(_) => {
                Err(Refusal::new("a record cannot be compared or read", "compare its fields one by one"))
            }
            _ => Err(Refusal::new("the policy uses a construct that Sekisho does not know", "write it another way")),
        }
    }

    fn literal(&mut self, literal: &Literal) -> Result<NodeId, Refusal> {
        match literal {
            Literal::Bool(flag) => self.push(Node::Bool(*flag)),
            Literal::Long(number) => self.push(Node::Long(*number)),
            Literal::String(text) => self.constant(Fact::string(text.as_str())),
            Literal::EntityUID(uid) => {
                let handle = handle(uid, self.interner)?;
                self.push(Node::Entity(handle))
            }
            _ => Err(Refusal::new("the policy uses a literal that Sekisho does not know", "write it another way")),
        }
    }

    fn constant(&mut self, fact: Fact) -> Result<NodeId, Refusal> {
        self.program.push_constant(fact).ok_or_else(Refusal::too_large)
    }

    fn var(&mut self, var: &Var) -> Result<NodeId, Refusal> {
        match var {
            Var::Principal => self.push(Node::Principal),
            Var::Action => self.push(Node::Action),
            Var::Resource => self.push(Node::Resource),
            Var::Context => Err(lower_context::whole_record("context")),
        }
    }

    fn set(&mut self, members: &[Arc<Expr>], depth: usize) -> Result<NodeId, Refusal> {
        let members = members.iter().map(|member| self.expr(member, depth)).collect::<Result<Vec<_>, _>>()?;
        let literals: Option<Vec<Fact>> = members.iter().map(|id| self.program.literal(*id)).collect();
        match literals {
            Some(facts) => self.constant(Fact::set(facts)),
            None => self.program.push_list(Node::Set, members).ok_or_else(Refusal::too_large),
        }
    }

    fn unary(&mut self, op: UnaryOp, of: &Expr, depth: usize) -> Result<NodeId, Refusal> {
        let constructor = match op {
            UnaryOp::Ip => Some(Constructor::Ip),
            UnaryOp::Decimal => Some(Constructor::Decimal),
            UnaryOp::Datetime => Some(Constructor::Datetime),
            UnaryOp::Duration => Some(Constructor::Duration),
            _ => None,
        };
        if let Some(constructor) = constructor {
            let Expr::Literal(Literal::String(text)) = of else {
                return Err(Refusal::new("a value is made from a text that is not a literal", "write the text itself"));
            };
            let fact = self.literals.read(constructor, text)?;
            return self.constant(fact);
        }
        let of = self.expr(of, depth)?;
        let op = match op {
            UnaryOp::Not => Unary::Not,
            UnaryOp::Neg => match self.program.node(of) {
                Some(Node::Long(number)) if *number != i64::MIN => {
                    let negated = -number;
                    return self.push(Node::Long(negated));
                }
                _ => Unary::Negate,
            },
            UnaryOp::IsEmpty => Unary::IsEmpty,
            UnaryOp::IsIPv4 => Unary::IsIpv4,
            UnaryOp::IsIPV6 => Unary::IsIpv6,
            UnaryOp::IsLoopback => Unary::IsLoopback,
            UnaryOp::IsMulticast => Unary::IsMulticast,
            UnaryOp::ToDate => Unary::ToDate,
            UnaryOp::ToTime => Unary::ToTime,
            UnaryOp::ToMilliseconds => Unary::ToMilliseconds,
            UnaryOp::ToSeconds => Unary::ToSeconds,
            UnaryOp::ToMinutes => Unary::ToMinutes,
            UnaryOp::ToHours => Unary::ToHours,
            UnaryOp::ToDays => Unary::ToDays,
            _ => return Err(unknown_operator(&op)),
        };
        self.push(Node::Unary(op, of))
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        whole: &Expr,
        depth: usize,
    ) -> Result<NodeId, Refusal> {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let mut terms = Vec::new();
            self.terms(whole, op == BinaryOp::And, &mut terms, depth)?;
            return self.connect(terms, if op == BinaryOp::And { Node::All } else { Node::Any });
        }
        let (left, right) = (self.expr(left, depth)?, self.expr(right, depth)?);
        if let Some(node) = self.moving(op, left, right) {
            return self.push(node);
        }
        let fused = if op == BinaryOp::NotEq { BinaryOp::Eq } else { op };
        if let Some(node) = lower_against::fuse(self.program, fused, left, right) {
            let node = self.push(node)?;
            return if op == BinaryOp::NotEq { self.push(Node::Unary(Unary::Not, node)) } else { Ok(node) };
        }
        let (op, left, right, negated) = match op {
            BinaryOp::Eq => (Binary::Equal, left, right, false),
            BinaryOp::NotEq => (Binary::Equal, left, right, true),
            BinaryOp::Less => (Binary::Less, left, right, false),
            BinaryOp::LessEq => (Binary::LessOrEqual, left, right, false),
            BinaryOp::Greater => (Binary::Less, right, left, false),
            BinaryOp::GreaterEq => (Binary::LessOrEqual, right, left, false),
            BinaryOp::Add => (Binary::Add, left, right, false),
            BinaryOp::Sub => (Binary::Subtract, left, right, false),
            BinaryOp::Mul => (Binary::Multiply, left, right, false),
            BinaryOp::In => (Binary::In, left, right, false),
            BinaryOp::Contains => (Binary::Contains, left, right, false),
            BinaryOp::ContainsAll => (Binary::ContainsAll, left, right, false),
            BinaryOp::ContainsAny => (Binary::ContainsAny, left, right, false),
            BinaryOp::GetTag => (Binary::GetTag, left, right, false),
            BinaryOp::HasTag => (Binary::HasTag, left, right, false),
            BinaryOp::IsInRange => (Binary::IsInRange, left, right, false),
            BinaryOp::Offset => (Binary::Offset, left, right, false),
            BinaryOp::DurationSince => (Binary::DurationSince, left, right, false),
            BinaryOp::DecimalLessThan => (Binary::DecimalLess, left, right, false),
            BinaryOp::DecimalLessEq => (Binary::DecimalLessOrEqual, left, right, false),
            BinaryOp::DecimalGreater => (Binary::DecimalLess, right, left, false),
            BinaryOp::DecimalGreaterEq => (Binary::DecimalLessOrEqual, right, left, false),
            _ => return Err(unknown_operator(&op)),
        };
        let node = self.push(Node::Binary(op, left, right))?;
        if negated { self.push(Node::Unary(Unary::Not, node)) } else { Ok(node) }
    }

    /// A comparison of a moving attribute with a constant, from either side.
    fn moving(&self, op: BinaryOp, left: NodeId, right: NodeId) -> Option<Node> {
        let (forward, backward) = match op {
            BinaryOp::Less => (Comparison::Less, Comparison::Greater),
            BinaryOp::LessEq => (Comparison::LessOrEqual, Comparison::GreaterOrEqual),
            BinaryOp::Greater => (Comparison::Greater, Comparison::Less),
            BinaryOp::GreaterEq => (Comparison::GreaterOrEqual, Comparison::LessOrEqual),
            _ => return None,
        };
        match (*self.program.node(left)?, *self.program.node(right)?) {
            (Node::Context(slot), Node::Constant(bound)) if lower_context::is_elapsing(slot) => {
                Some(Node::Moving(slot, forward, bound))
            }
            (Node::Constant(bound), Node::Context(slot)) if lower_context::is_elapsing(slot) => {
                Some(Node::Moving(slot, backward, bound))
            }
            _ => None,
        }
    }

    /// The operands of a chain of one connective, in order: `(a && b) && c` is evaluated as `a && (b && c)`, which reads
    /// the same operands and comes to the same value.
    fn terms(&mut self, expr: &Expr, and: bool, terms: &mut Vec<NodeId>, depth: usize) -> Result<(), Refusal> {
        match expr {
            Expr::BinaryOp { op, left, right } if *op == (if and { BinaryOp::And } else { BinaryOp::Or }) => {
                if depth > MAX_DEPTH {
                    return Err(Refusal::new("the condition is nested too deep", "split the policy"));
                }
                self.terms(left, and, terms, depth + 1)?;
                self.terms(right, and, terms, depth + 1)
            }
            other => {
                let node = self.expr(other, depth)?;
                terms.push(node);
                Ok(())
            }
        }
    }

    fn connect(&mut self, terms: Vec<NodeId>, node: fn(u32, u32) -> Node) -> Result<NodeId, Refusal> {
        match *terms {
            [] => self.push(Node::Bool(true)),
            [only] => Ok(only),
            _ => self.program.push_list(node, terms).ok_or_else(Refusal::too_large),
        }
    }
}

/// The slot of an entity attribute.
pub(crate) fn slot(name: &str) -> Result<Slot, Refusal> {
    Slot::ALL.iter().copied().find(|slot| slot.path() == name).ok_or_else(|| {
        Refusal::new(
            format!("no entity has an attribute `{name}`"),
            "write an attribute of the schema, or ask for a tag",
        )
    })
}

fn pieces(pattern: &[PatternElem]) -> Pattern {
    let mut pieces = vec![String::new()];
    for element in pattern {
        match (element, pieces.last_mut()) {
            (PatternElem::Char(c), Some(piece)) => piece.push(*c),
            _ => pieces.push(String::new()),
        }
    }
    Pattern::new(pieces)
}

fn unknown_operator(op: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(format!("the policy uses `{op}`, which Sekisho does not know"), "write it another way")
}
