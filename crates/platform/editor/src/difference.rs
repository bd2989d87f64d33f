//! What differs between two bodies of a document, field by field.

use std::collections::BTreeSet;

use sekisho_model::documents::Kind;
use sekisho_web::page::Page;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::fields::{self, Shape};
use crate::form::time;
use crate::lines::written;

/// How many equal lines are shown around a line that differs.
const CONTEXT: usize = 2;

/// What differs in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The name of the field, for people.
    pub(crate) label: String,
    /// The place within the field; empty for the field as a whole.
    pub(crate) place: String,
    /// What was there; empty where there was nothing.
    pub(crate) old: Vec<Part>,
    /// What is there instead.
    pub(crate) new: Vec<Part>,
    /// The lines of a long text that differ, with those around them.
    pub(crate) lines: Vec<Line>,
}

/// A value, or an element of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    /// Whether the other side does not have it.
    pub(crate) is_changed: bool,
}

impl Part {
    fn changed(text: String) -> Self {
        Self { text, is_changed: true }
    }

    fn kept(text: String) -> Self {
        Self { text, is_changed: false }
    }
}

/// A line of a long text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// `+`, `-`, a space, or `…` for lines left out.
    pub(crate) sign: char,
    pub(crate) text: String,
}

impl Line {
    /// The class that shows it.
    pub(crate) const fn class(&self) -> &'static str {
        match self.sign {
            '+' => "new",
            '-' => "old",
            _ => "same",
        }
    }
}

/// What differs between two bodies; one that is not there has no fields.
pub(crate) fn between(page: &Page, kind: Kind, old: Option<&Value>, new: Option<&Value>) -> Vec<Difference> {
    let mut names: Vec<String> =
        fields::fields(kind).unwrap_or_default().iter().map(|field| field.name.to_owned()).collect();
    let known: BTreeSet<String> = names.iter().cloned().collect();
    let others: BTreeSet<String> = members(old).chain(members(new)).filter(|name| !known.contains(name)).collect();
    names.extend(others);
    let mut found = Vec::new();
    for name in names {
        let [old, new] = [old, new].map(|body| body.and_then(|body| body.get(&name)));
        if old != new {
            let field = fields::find(kind, &name);
            let label = field.map_or_else(|| name.clone(), |field| page.say(field.label));
            let is_time = field.is_some_and(|field| matches!(field.shape, Shape::Time | Shape::Kept));
            walk(&Walk { page, label: &label, is_time }, String::new(), old, new, &mut found);
        }
    }
    found
}

struct Walk<'a> {
    page: &'a Page,
    label: &'a str,
    is_time: bool,
}

fn walk(at: &Walk<'_>, place: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let within = |step: &str| if place.is_empty() { step.to_owned() } else { format!("{place}.{step}") };
    let difference = |old, new, lines| Difference { label: at.label.to_owned(), place: place.clone(), old, new, lines };
    match (old, new) {
        (Some(Value::Object(_)), Some(Value::Object(_)) | None) | (None, Some(Value::Object(_))) => {
            for key in members(old).chain(members(new)).collect::<BTreeSet<String>>() {
                let member = |value: Option<&Value>| value.and_then(|value| value.get(&key)).cloned();
                walk(at, within(&key), member(old).as_ref(), member(new).as_ref(), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let (old, new) = in_words(old, new);
            found.push(difference(old, new, Vec::new()));
        }
        (old, new) if is_long(old) || is_long(new) => {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push(difference(Vec::new(), Vec::new(), lines(&text(old), &text(new))));
        }
        (old, new) => {
            let part = |value: Option<&Value>| value.map(|one| Part::changed(shown(at, one))).into_iter().collect();
            found.push(difference(part(old), part(new), Vec::new()));
        }
    }
}

/// How many elements that stay are named.
const KEPT: usize = 12;

/// A list before and after: what stays, then what goes or comes.
fn in_words(old: &[Value], new: &[Value]) -> (Vec<Part>, Vec<Part>) {
    let (kept, gone): (Vec<&Value>, Vec<&Value>) = old.iter().partition(|one| new.contains(one));
    let added: Vec<&Value> = new.iter().filter(|one| !old.contains(one)).collect();
    if gone.is_empty() && added.is_empty() {
        // The same elements in another order.
        return (vec![Part::changed(joined(old))], vec![Part::changed(joined(new))]);
    }
    let more = (kept.len() > KEPT).then(|| format!("… ({})", kept.len().saturating_sub(KEPT)));
    let kept: Vec<Part> = kept.into_iter().take(KEPT).map(written).chain(more).map(Part::kept).collect();
    let changed = |some: Vec<&Value>| some.into_iter().map(written).map(Part::changed).collect::<Vec<Part>>();
    ([kept.clone(), changed(gone)].concat(), [kept, changed(added)].concat())
}

/// The names of the members of an object; none of anything else.
fn members(value: Option<&Value>) -> impl Iterator<Item = String> {
    value.and_then(Value::as_object).into_iter().flat_map(|map| map.keys().cloned())
}

fn joined(values: &[Value]) -> String {
    values.iter().map(written).collect::<Vec<_>>().join(", ")
}

fn is_long(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| text.contains('\n'))
}

fn shown(at: &Walk<'_>, value: &Value) -> String {
    match value {
        Value::Bool(flag) => at.page.say(if *flag { "yes" } else { "no" }),
        Value::Array(values) if values.is_empty() => at.page.say("none"),
        Value::Array(values) => joined(values),
        Value::String(text) => text.clone(),
        Value::Number(_) if at.is_time => time(value).map_or_else(|| value.to_string(), |when| at.page.time(&when)),
        other => other.to_string(),
    }
}

/// The lines that differ, with those around them.
fn lines(old: &str, new: &str) -> Vec<Line> {
    let compared = TextDiff::from_lines(old, new);
    let mut all = Vec::new();
    for (number, group) in compared.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            all.push(Line { sign: '…', text: String::new() });
        }
        for change in group.iter().flat_map(|operation| compared.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            all.push(Line { sign, text: change.value().trim_end_matches(['\r', '\n']).to_owned() });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_shows_what_stays_beside_what_comes_and_goes() {
        let words = |old: Value, new: Value| in_words(old.as_array().unwrap(), new.as_array().unwrap());
        let kept = |text: &str| Part::kept(text.to_owned());
        let changed = |text: &str| Part::changed(text.to_owned());
        assert_eq!(words(json!(["a"]), json!(["a", "b"])), (vec![kept("a")], vec![kept("a"), changed("b")]));
        assert_eq!(words(json!(["a", "b"]), json!(["a"])), (vec![kept("a"), changed("b")], vec![kept("a")]));
        assert_eq!(words(json!(["a"]), json!([])), (vec![changed("a")], Vec::new()));
        assert_eq!(words(json!([]), json!(["a"])), (Vec::new(), vec![changed("a")]));
        assert_eq!(words(json!(["a", "b"]), json!(["b", "a"])), (vec![changed("a, b")], vec![changed("b, a")]));
    }
}
