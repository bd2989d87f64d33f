//! Names that documents and policies write out and nobody has: told with their place and the nearest name that somebody has.
//!
//! They are no fault by themselves, since a name may be given later. But a misspelt group permits nobody, and a misspelt
//! resource in a `forbid` forbids nothing, so the author of a change is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sekisho_devices::FACTS;
use sekisho_model::documents::{self, Kind};
use sekisho_model::facts::EntityType;
use sekisho_policy_information::World;
use sekisho_policy_language::{Named, PolicyText, references};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CurrentDocuments, Desired};

/// How alike two names must be for the one to be meant by the other, from 0 to 1.
const ALIKE: f64 = 0.6;
/// For how many different names the nearest is looked for: each is compared with every name of its kind. Further ones get no nearest name.
const MOST_COMPARED: usize = 100;

/// A name that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownName {
    /// Where it is written: the file, and the line where it is known.
    pub place: String,
    /// What it should be a name of: `group`, `resource`, `fact`, …
    pub kind: String,
    /// The name.
    pub name: String,
    /// The nearest name that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, kind, name, nearest } = self;
        let name = name.escape_debug();
        match (nearest, kind.as_str()) {
            (Some(nearest), _) => write!(f, "{place}: there is no {kind} `{name}`; did you mean `{nearest}`?"),
            (None, FACT) => {
                write!(f, "{place}: no agent reports a fact `{name}`; `sekisho agent facts` shows those it does")
            }
            (None, CATEGORY) => write!(f, "{place}: no resource is in the category `{name}`"),
            (None, _) => write!(f, "{place}: there is no {kind} `{name}`; write one, or correct the name"),
        }
    }
}

const FACT: &str = "fact";
const CATEGORY: &str = "category";

/// The names that nobody has once the desired documents are there and the removed ones are not.
///
/// Of the documents that stay as they are, only what a removal leaves without its name is told.
#[must_use]
pub fn unknown_names(
    current: &CurrentDocuments,
    desired: &[Desired],
    removed: &BTreeSet<(Kind, String)>,
) -> Vec<UnknownName> {
    unknown_names_in(None, current, desired, removed)
}

/// As [`unknown_names`], where the World with the desired documents and without the removed ones knows the names too.
pub(crate) fn unknown_names_in(
    world: Option<&World>,
    current: &CurrentDocuments,
    desired: &[Desired],
    removed: &BTreeSet<(Kind, String)>,
) -> Vec<UnknownName> {
    let mut known = Known { written: BTreeMap::new(), world, compared: BTreeMap::new() };
    for ((kind, id), now) in current.iter().filter(|(key, _)| !removed.contains(key)) {
        known.add(*kind, id, &now.body);
    }
    for document in desired {
        known.add(document.kind, &document.id, &document.body);
    }
    let mut unknown = Vec::new();
    for document in desired {
        let mentions = mentions(document.kind, &document.id, &document.body, &document.origin);
        unknown.extend(mentions.into_iter().filter_map(|mention| known.unknown(mention)));
    }
    if !removed.is_empty() {
        let written: BTreeSet<(Kind, &str)> = desired.iter().map(|one| (one.kind, one.id.as_str())).collect();
        let staying = current.iter().filter(|(key, _)| !removed.contains(key));
        for ((kind, id), now) in staying.filter(|((kind, id), _)| !written.contains(&(*kind, id.as_str()))) {
            let left = mentions(*kind, id, &now.body, &format!("{kind}/{id}")).into_iter().filter(|mention| {
                let kind = Kind::from_name(mention.kind);
                kind.is_some_and(|kind| removed.contains(&(kind, mention.name.clone())))
            });
            unknown.extend(left.filter_map(|mention| known.unknown(mention)));
        }
    }
    unknown.dedup();
    unknown
}

/// The names that somebody has, by what they are names of.
struct Known<'w> {
    written: BTreeMap<&'static str, BTreeSet<String>>,
    world: Option<&'w World>,
    /// The names that nobody has, each with the nearest that somebody has.
    compared: BTreeMap<(&'static str, String), Option<String>>,
}

impl Known<'_> {
    fn add(&mut self, kind: Kind, id: &str, body: &Value) {
        self.written.entry(kind.name()).or_default().insert(id.to_owned());
        if kind == Kind::Resource {
            self.written.entry(CATEGORY).or_default().extend(texts(body.get("categories")).map(str::to_owned));
        }
    }

    fn unknown(&mut self, mention: Mention) -> Option<UnknownName> {
        if self.knows(&mention) {
            return None;
        }
        let Mention { place, kind, name } = mention;
        let key = (kind, name);
        let nearest = match self.compared.get(&key) {
            Some(nearest) => nearest.clone(),
            None if self.compared.len() >= MOST_COMPARED => None,
            None => {
                let nearest = self.nearest(kind, &key.1);
                self.compared.insert(key.clone(), nearest.clone());
                nearest
            }
        };
        Some(UnknownName { place, kind: kind.to_owned(), name: key.1, nearest })
    }

    fn knows(&self, mention: &Mention) -> bool {
        let Mention { kind, name, .. } = mention;
        if *kind == FACT {
            return FACTS.contains(&name.as_str());
        }
        let is_written = self.written.get(kind).is_some_and(|names| names.contains(name));
        is_written || self.world.is_some_and(|world| is_in(world, kind, name))
    }

    fn nearest(&self, kind: &str, name: &str) -> Option<String> {
        if kind == FACT {
            return nearest(name, FACTS.into_iter());
        }
        let of_world = self.world.map(|world| names_in(world, kind)).unwrap_or_default();
        nearest(name, self.written.get(kind).into_iter().flatten().chain(&of_world).map(String::as_str))
    }
}

/// The type of the entities that are named by a kind of document.
fn entity_type(kind: &str) -> Option<EntityType> {
    match Kind::from_name(kind)? {
        Kind::User => Some(EntityType::User),
        Kind::Group => Some(EntityType::Group),
        Kind::Device => Some(EntityType::Device),
        Kind::Resource => Some(EntityType::Resource),
        _ => None,
    }
}

fn is_in(world: &World, kind: &str, name: &str) -> bool {
    match entity_type(kind) {
        Some(kind) => world.facts().find(kind, name).is_some(),
        None if kind == CATEGORY => {
            world.resources().any(|(_, resource)| resource.categories.iter().any(|category| category.as_str() == name))
        }
        None => kind == Kind::Check.name() && world.check(name).is_some(),
    }
}

/// The names of a kind that a World has: for finding the nearest to one that it does not have.
fn names_in(world: &World, kind: &str) -> BTreeSet<String> {
    match entity_type(kind) {
        Some(kind) => world.facts().of_type(kind).map(|(handle, _)| world.id(handle).to_string()).collect(),
        None if kind == CATEGORY => {
            world.resources().flat_map(|(_, resource)| resource.categories.iter().map(ToString::to_string)).collect()
        }
        None => world.checks().map(|check| check.id.to_string()).collect(),
    }
}

/// A name that is written somewhere.
struct Mention {
    place: String,
    kind: &'static str,
    name: String,
}

/// Every name that a document writes out.
fn mentions(kind: Kind, id: &str, body: &Value, place: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for mention in kind.mentions() {
        let of = match mention.of {
            documents::Named::Document(kind) => kind.name(),
            documents::Named::Fact => FACT,
            documents::Named::InPolicy => {
                found.extend(in_policies(id, body, place));
                continue;
            }
        };
        let names = texts(body.pointer(mention.pointer));
        found.extend(names.map(|name| Mention { place: place.to_owned(), kind: of, name: name.to_owned() }));
    }
    found
}

fn in_policies(id: &str, body: &Value, place: &str) -> Vec<Mention> {
    let text = body.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let found = references(&PolicyText { name: id.to_owned(), text });
    let named = found.into_iter().filter_map(|one| {
        let kind = match one.of {
            Named::Entity(EntityType::User) => Kind::User.name(),
            Named::Entity(EntityType::Group) => Kind::Group.name(),
            Named::Entity(EntityType::Device) => Kind::Device.name(),
            Named::Entity(EntityType::Resource) => Kind::Resource.name(),
            Named::Entity(EntityType::Category) => CATEGORY,
            // The schema checks actions, and tokens are in no folder that could be checked.
            Named::Entity(EntityType::Action | EntityType::Workload) => return None,
            Named::Check => Kind::Check.name(),
        };
        Some(Mention { place: format!("{place}:{}", one.line), kind, name: one.name })
    });
    named.collect()
}

/// A text, or the texts of a list or of a table's values.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    let table = value.and_then(Value::as_object).into_iter().flat_map(serde_json::Map::values);
    value.and_then(Value::as_str).into_iter().chain(list.chain(table).filter_map(Value::as_str))
}

/// The name most like another one, if any is like it.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = known.map(|other| (strsim::normalized_damerau_levenshtein(name, other), other));
    let best = likeness.filter(|(likeness, _)| *likeness >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map(|(_, other)| other.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Current;

    fn desired(kind: Kind, id: &str, body: Value) -> Desired {
        Desired { kind, id: id.to_owned(), body, origin: "a.toml:3".to_owned() }
    }

    fn told(current: &CurrentDocuments, desired: &[Desired], removed: &BTreeSet<(Kind, String)>) -> Vec<String> {
        unknown_names(current, desired, removed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_kind_of_name_is_told_when_nobody_has_it_and_not_when_somebody_does() {
        let policy = |group: &str| json!({ "text": format!("permit (\n  principal in Sekisho::Group::\"{group}\", action, resource);") });
        let right = [
            desired(Kind::Group, "finance", json!({})),
            desired(Kind::User, "alice", json!({ "groups": ["finance"] })),
            desired(Kind::Resource, "payroll", json!({ "owner": "alice", "categories": ["personal"] })),
            desired(Kind::Check, "ports", json!({ "fact": "ports.listening" })),
            desired(Kind::Policy, "p", policy("finance")),
            desired(Kind::Grant, "g", json!({ "user": "alice", "resource": "payroll" })),
        ];
        assert_eq!(told(&CurrentDocuments::new(), &right, &BTreeSet::new()), Vec::<String>::new());
        let mut wrong = right.to_vec();
        wrong.extend([
            desired(Kind::User, "bob", json!({ "groups": ["finanse"] })),
            desired(Kind::Resource, "wiki", json!({ "owner": "alcie" })),
            desired(Kind::Check, "port", json!({ "fact": "ports.lisening" })),
            desired(Kind::Policy, "q", policy("nobody-at-all")),
            desired(Kind::Grant, "h", json!({ "user": "alice", "resource": "payrol" })),
        ]);
        assert_eq!(
            told(&CurrentDocuments::new(), &wrong, &BTreeSet::new()),
            [
                "a.toml:3: there is no group `finanse`; did you mean `finance`?",
                "a.toml:3: there is no user `alcie`; did you mean `alice`?",
                "a.toml:3: there is no fact `ports.lisening`; did you mean `ports.listening`?",
                "a.toml:3:2: there is no group `nobody-at-all`; write one, or correct the name",
                "a.toml:3: there is no resource `payrol`; did you mean `payroll`?",
            ]
        );
    }

    #[test]
    fn a_removal_tells_who_still_speaks_of_what_is_removed() {
        let at = |body: Value| Current { revision: 1, body };
        let current = CurrentDocuments::from([
            ((Kind::Group, "finance".to_owned()), at(json!({}))),
            ((Kind::User, "alice".to_owned()), at(json!({ "groups": ["finance"] }))),
            ((Kind::User, "bob".to_owned()), at(json!({ "groups": ["never-there"] }))),
        ]);
        let removed = BTreeSet::from([(Kind::Group, "finance".to_owned())]);
        let only = ["user/alice: there is no group `finance`; write one, or correct the name"];
        assert_eq!(told(&current, &[], &removed), only);
        assert!(told(&current, &[], &BTreeSet::new()).is_empty());
    }
}
