//! Reading `context`: its nested records are flattened to slots, and are never values of their own.

use cedar_policy::pst::{Expr, Var};
use sekisho_model::facts::ContextSlot;

use crate::lower::{Lowering, slot};
use crate::node::{Node, NodeId};
use crate::refusal::Refusal;

/// The slot that `of.attr` reads, or `None` when `of` is not a record of `context`.
pub(crate) fn attribute(of: &Expr, attr: &str) -> Result<Option<ContextSlot>, Refusal> {
    let Some(path) = record(of) else { return Ok(None) };
    let path = join(&path, attr);
    slot_at(&path).map(Some).ok_or_else(|| whole_record(&format!("context.{path}")))
}

/// Lowers `expr has a.b.c`: false as soon as a middle part is missing.
pub(crate) fn has<'n>(
    lowering: &mut Lowering<'_>,
    expr: &Expr,
    attrs: impl Iterator<Item = &'n (impl AsRef<str> + 'n)>,
    depth: usize,
) -> Result<NodeId, Refusal> {
    let mut tests = Vec::new();
    let mut place = match record(expr) {
        Some(path) => {
            // `context.grant has id` is an error without a grant, as `context.grant` is.
            if let Some(slot) = first_optional(&path) {
                let (has, sure, read) = (Node::ContextHas(slot), Node::Bool(true), Node::Context(slot));
                let (has, sure, read) = (lowering.push(has)?, lowering.push(sure)?, lowering.push(read)?);
                tests.push(lowering.push(Node::If(has, sure, read))?);
            }
            Place::Record(path)
        }
        None => Place::Entity(lowering.expr(expr, depth)?),
    };
    for attr in attrs {
        place = step(lowering, place, attr.as_ref(), &mut tests)?;
    }
    lowering.all(tests)
}

/// Whether a slot's value only grows as time passes, so that a comparison with a constant has one moment of change.
pub(crate) const fn is_elapsing(slot: ContextSlot) -> bool {
    matches!(slot, ContextSlot::Now | ContextSlot::SessionAge | ContextSlot::SessionAuthAge)
}

/// A record read as a value.
pub(crate) fn whole_record(path: &str) -> Refusal {
    let example = if path == "context" { "context.session.assurance" } else { "context.session.assurance == 3" };
    Refusal::new(
        format!("`{path}` is read as a whole"),
        format!("name the field that matters, for example `{example}`"),
    )
}

enum Place {
    Record(String),
    Entity(NodeId),
}

fn step(lowering: &mut Lowering<'_>, place: Place, attr: &str, tests: &mut Vec<NodeId>) -> Result<Place, Refusal> {
    match place {
        Place::Entity(of) => {
            let slot = slot(attr)?;
            tests.push(lowering.has(of, slot)?);
            Ok(Place::Entity(lowering.attribute(of, slot)?))
        }
        Place::Record(path) => {
            let path = join(&path, attr);
            if let Some(slot) = slot_at(&path) {
                if !slot.is_required() {
                    tests.push(lowering.push(Node::ContextHas(slot))?);
                }
                return Ok(Place::Entity(lowering.push(Node::Context(slot))?));
            }
            if !is_record(&path) {
                let message = format!("`context` has no attribute `{path}`");
                return Err(Refusal::new(message, "write an attribute of the schema"));
            }
            if let Some(slot) = first_optional(&path) {
                tests.push(lowering.push(Node::ContextHas(slot))?);
            }
            Ok(Place::Record(path))
        }
    }
}

/// The path of a record of `context`: empty for `context` itself.
fn record(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var(Var::Context) => Some(String::new()),
        Expr::GetAttr { expr, attr } => {
            let path = join(&record(expr)?, attr);
            slot_at(&path).is_none().then_some(path)
        }
        _ => None,
    }
}

fn join(path: &str, attr: &str) -> String {
    if path.is_empty() { attr.to_owned() } else { format!("{path}.{attr}") }
}

fn slot_at(path: &str) -> Option<ContextSlot> {
    ContextSlot::ALL.iter().copied().find(|slot| slot.path() == path)
}

fn inside(path: &str) -> impl Iterator<Item = ContextSlot> {
    let prefix = format!("{path}.");
    ContextSlot::ALL.iter().copied().filter(move |slot| slot.path().starts_with(&prefix))
}

fn is_record(path: &str) -> bool {
    inside(path).next().is_some()
}

/// A slot that tells whether an optional record is there: its fields come and go together.
fn first_optional(path: &str) -> Option<ContextSlot> {
    matches!(path, "grant" | "request").then(|| inside(path).next()).flatten()
}
