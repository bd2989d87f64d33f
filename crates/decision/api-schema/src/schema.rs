//! JSON Schema as it is held: nodes in one arena, so that a schema may contain itself.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::format::Format;

/// The place of a schema in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SchemaId(pub(crate) usize);

/// Every schema of a document.
#[derive(Debug, Default)]
pub(crate) struct Schemas(pub(crate) Vec<Node>);

impl Schemas {
    pub(crate) fn get(&self, id: SchemaId) -> Option<&Node> {
        self.0.get(id.0)
    }
}

/// One schema: everything that it asks for must hold.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// The schema `false`.
    pub(crate) is_never: bool,
    pub(crate) types: Option<Types>,
    /// `enum` and `const`.
    pub(crate) choices: Option<Vec<Value>>,
    pub(crate) number: NumberRules,
    pub(crate) text: TextRules,
    pub(crate) array: ArrayRules,
    pub(crate) object: ObjectRules,
    /// `allOf` and `$ref`.
    pub(crate) all: Vec<SchemaId>,
    pub(crate) any: Vec<SchemaId>,
    pub(crate) one: Vec<SchemaId>,
    pub(crate) not: Option<SchemaId>,
    /// `if`, `then`, `else`.
    pub(crate) condition: Option<(SchemaId, Option<SchemaId>, Option<SchemaId>)>,
}

/// What is asked of numbers.
#[derive(Debug, Default)]
pub(crate) struct NumberRules {
    pub(crate) least: Option<f64>,
    pub(crate) more_than: Option<f64>,
    pub(crate) most: Option<f64>,
    pub(crate) less_than: Option<f64>,
    pub(crate) multiple_of: Option<f64>,
}

/// What is asked of texts. Lengths are in characters.
#[derive(Debug, Default)]
pub(crate) struct TextRules {
    pub(crate) least: Option<u64>,
    pub(crate) most: Option<u64>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) format: Option<Format>,
}

/// What is asked of arrays.
#[derive(Debug, Default)]
pub(crate) struct ArrayRules {
    pub(crate) least: Option<u64>,
    pub(crate) most: Option<u64>,
    pub(crate) is_unique: bool,
    pub(crate) first: Vec<SchemaId>,
    pub(crate) items: Option<SchemaId>,
}

/// What is asked of objects.
#[derive(Debug, Default)]
pub(crate) struct ObjectRules {
    pub(crate) least: Option<u64>,
    pub(crate) most: Option<u64>,
    pub(crate) properties: BTreeMap<String, SchemaId>,
    pub(crate) patterns: Vec<(Regex, SchemaId)>,
    pub(crate) others: Option<SchemaId>,
    pub(crate) names: Option<SchemaId>,
    pub(crate) required: Vec<String>,
    pub(crate) dependent: Vec<(String, Vec<String>)>,
}

/// The types of JSON Schema.
const NAMES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Types(u8);

impl Types {
    /// Adds the type of that name. `None` when there is none.
    pub(crate) fn with(self, name: &str) -> Option<Self> {
        let place = NAMES.iter().position(|known| *known == name)?;
        Some(Self(self.0 | 1 << place))
    }

    /// Whether a type is in it.
    pub(crate) fn has(self, name: &str) -> bool {
        NAMES.iter().position(|known| *known == name).is_some_and(|place| self.0 >> place & 1 == 1)
    }

    /// Whether a value has one of the types.
    pub(crate) fn hold(self, value: &Value) -> bool {
        match value {
            Value::Null => self.has("null"),
            Value::Bool(_) => self.has("boolean"),
            Value::Object(_) => self.has("object"),
            Value::Array(_) => self.has("array"),
            Value::String(_) => self.has("string"),
            Value::Number(number) => self.has("number") || self.has("integer") && is_integer(number),
        }
    }

    /// The names, for people.
    pub(crate) fn text(self) -> String {
        let names: Vec<&str> = NAMES.into_iter().filter(|name| self.has(name)).collect();
        names.join(" / ")
    }
}

/// Whether a number is whole. `1.0` is, as JSON Schema says.
fn is_integer(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}
