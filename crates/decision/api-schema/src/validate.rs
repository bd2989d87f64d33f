//! Whether a value is what a schema asks for, within a bound of steps.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::fault::Fault;
use crate::reading::below;
use crate::schema::{ArrayRules, Node, ObjectRules, SchemaId, Schemas};

/// The most steps of one check: schemas held against values, and items and members looked at.
const MOST_STEPS: u32 = 1_000_000;
/// The most schemas that lead to each other without end of the value in sight.
const DEEPEST: u32 = 256;

/// What is wrong, and the JSON pointer of where.
pub(crate) type Wrong = (String, Fault);

/// Holds a value against a schema.
pub(crate) fn check(schemas: &Schemas, schema: SchemaId, value: &Value) -> Result<(), Wrong> {
    Check { schemas, steps: 0, depth: 0 }.value(schema, value, "")
}

struct Check<'s> {
    schemas: &'s Schemas,
    steps: u32,
    depth: u32,
}

impl Check<'_> {
    fn step(&mut self, at: &str) -> Result<(), Wrong> {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.depth > DEEPEST { Err((at.to_owned(), Fault::TooComplex)) } else { Ok(()) }
    }

    fn value(&mut self, schema: SchemaId, value: &Value, at: &str) -> Result<(), Wrong> {
        self.depth += 1;
        self.step(at)?;
        let wrong = |fault| Err((at.to_owned(), fault));
        let Some(node) = self.schemas.get(schema) else { return wrong(Fault::Excluded) };
        if node.is_never {
            return wrong(Fault::Unexpected);
        }
        if let Some(types) = node.types.filter(|types| !types.hold(value)) {
            return wrong(Fault::Type(types.text()));
        }
        if node.choices.as_ref().is_some_and(|choices| !choices.iter().any(|choice| is_same(choice, value))) {
            return wrong(Fault::Choice);
        }
        match value {
            Value::Number(number) => numeric(node, number).map_or(Ok(()), wrong)?,
            Value::String(text) => textual(node, text).map_or(Ok(()), wrong)?,
            Value::Array(items) => self.array(&node.array, items, at)?,
            Value::Object(members) => self.object(&node.object, members, at)?,
            Value::Null | Value::Bool(_) => {}
        }
        self.combined(node, value, at)?;
        self.depth -= 1;
        Ok(())
    }

    fn combined(&mut self, node: &Node, value: &Value, at: &str) -> Result<(), Wrong> {
        for schema in &node.all {
            self.value(*schema, value, at)?;
        }
        if !node.any.is_empty() && self.fitting(&node.any, value, 1)? == 0 {
            return Err((at.to_owned(), Fault::Alternative));
        }
        if !node.one.is_empty() && self.fitting(&node.one, value, 2)? != 1 {
            return Err((at.to_owned(), Fault::Alternative));
        }
        if let Some(not) = node.not
            && self.fitting(&[not], value, 1)? == 1
        {
            return Err((at.to_owned(), Fault::Excluded));
        }
        let Some((condition, then, otherwise)) = node.condition else { return Ok(()) };
        let next = if self.fitting(&[condition], value, 1)? == 1 { then } else { otherwise };
        next.map_or(Ok(()), |schema| self.value(schema, value, at))
    }

    /// How many schemas a value fits, counted up to `enough`. What is too complex is an error and not a misfit.
    fn fitting(&mut self, schemas: &[SchemaId], value: &Value, enough: usize) -> Result<usize, Wrong> {
        let mut fitting = 0;
        for schema in schemas {
            let depth = self.depth;
            match self.value(*schema, value, "") {
                Ok(()) => fitting += 1,
                Err((at, Fault::TooComplex)) => return Err((at, Fault::TooComplex)),
                Err(_) => {}
            }
            self.depth = depth;
            if fitting >= enough {
                break;
            }
        }
        Ok(fitting)
    }

    fn array(&mut self, rules: &ArrayRules, items: &[Value], at: &str) -> Result<(), Wrong> {
        counted(items.len(), rules.least, rules.most).map_or(Ok(()), |fault| Err((at.to_owned(), fault)))?;
        for (number, item) in items.iter().enumerate() {
            self.step(at)?;
            if let Some(schema) = rules.first.get(number).copied().or(rules.items) {
                self.value(schema, item, &format!("{at}/{number}"))?;
            }
        }
        if rules.is_unique {
            let mut seen = BTreeSet::new();
            for item in items {
                self.step(at)?;
                if !seen.insert(canonical(item)) {
                    return Err((at.to_owned(), Fault::Same));
                }
            }
        }
        Ok(())
    }

    fn object(&mut self, rules: &ObjectRules, members: &Map<String, Value>, at: &str) -> Result<(), Wrong> {
        counted(members.len(), rules.least, rules.most).map_or(Ok(()), |fault| Err((at.to_owned(), fault)))?;
        let dependent = rules.dependent.iter().filter(|(name, _)| members.contains_key(name));
        for name in rules.required.iter().chain(dependent.flat_map(|(_, names)| names)) {
            if !members.contains_key(name) {
                return Err((below(at, name), Fault::Missing));
            }
        }
        for (name, value) in members {
            self.step(at)?;
            let place = below(at, name);
            if let Some(names) = rules.names {
                self.value(names, &Value::String(name.clone()), &place)?;
            }
            let mut is_known = false;
            if let Some(schema) = rules.properties.get(name) {
                is_known = true;
                self.value(*schema, value, &place)?;
            }
            for (pattern, schema) in &rules.patterns {
                if pattern.is_match(name) {
                    is_known = true;
                    self.value(*schema, value, &place)?;
                }
            }
            if let Some(others) = rules.others.filter(|_| !is_known) {
                self.value(others, value, &place)?;
            }
        }
        Ok(())
    }
}

fn numeric(node: &Node, number: &Number) -> Option<Fault> {
    let (rules, value) = (&node.number, number.as_f64()?);
    if let Some(limit) = rules.least.filter(|limit| value < *limit).or(rules.more_than.filter(|limit| value <= *limit))
    {
        return Some(Fault::Less(limit.to_string()));
    }
    if let Some(limit) = rules.most.filter(|limit| value > *limit).or(rules.less_than.filter(|limit| value >= *limit)) {
        return Some(Fault::More(limit.to_string()));
    }
    if let Some(of) = rules.multiple_of {
        let times = value / of;
        if (times - times.round()).abs() > 1e-9 * times.abs().max(1.0) {
            return Some(Fault::Multiple(of.to_string()));
        }
    }
    let format = node.text.format.filter(|format| !format.holds_number(number))?;
    Some(Fault::Format(format.name()))
}

fn textual(node: &Node, text: &str) -> Option<Fault> {
    let rules = &node.text;
    if rules.least.is_some() || rules.most.is_some() {
        let fault = counted(text.chars().count(), rules.least, rules.most);
        if fault.is_some() {
            return fault;
        }
    }
    if rules.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
        return Some(Fault::Pattern);
    }
    let format = rules.format.filter(|format| !format.holds_text(text))?;
    Some(Fault::Format(format.name()))
}

fn counted(count: usize, least: Option<u64>, most: Option<u64>) -> Option<Fault> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let fewer = least.filter(|least| count < *least).map(Fault::Fewer);
    fewer.or_else(|| most.filter(|most| count > *most).map(Fault::Longer))
}

/// Whether two values are the same: `1` and `1.0` are.
fn is_same(one: &Value, other: &Value) -> bool {
    one == other || canonical(one) == canonical(other)
}

/// A text that equal values share.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() && float.fract() == 0.0 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut all: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            all.sort_unstable();
            format!("{{{}}}", all.join(","))
        }
        other => other.to_string(),
    }
}
