//! From a schema of the document to nodes. A keyword that is not enforced is refused, so that no rule silently does not hold.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::format::Format;
use crate::pattern;
use crate::reading::{DocumentProblem, below, list, table, text};
use crate::reference::target;
use crate::schema::{ArrayRules, Node, NumberRules, ObjectRules, SchemaId, Schemas, TextRules, Types};

/// The most schemas of one document, those within others counted.
const MOST: usize = 20_000;
/// The deepest nesting of schemas, references counted.
const DEEPEST: usize = 64;
/// What says something to people, or to clients, and asks for nothing.
const SILENT: &[&str] = &[
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "xml",
    "externalDocs",
    "discriminator",
    "$comment",
    "$schema",
    "$defs",
    "definitions",
    "contentMediaType",
    "contentEncoding",
];
/// What is enforced.
const ENFORCED: &[&str] = &[
    "$ref",
    "type",
    "nullable",
    "enum",
    "const",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "prefixItems",
    "items",
    "minProperties",
    "maxProperties",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "required",
    "dependentRequired",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
];

/// Compiles the schemas of a document, each once.
#[derive(Debug)]
pub(crate) struct Compiler<'v> {
    document: &'v Value,
    /// OpenAPI 3.0: what stands beside a reference does not count there.
    is_3_0: bool,
    schemas: Schemas,
    known: BTreeMap<String, SchemaId>,
    depth: usize,
}

impl<'v> Compiler<'v> {
    pub(crate) const fn new(document: &'v Value, is_3_0: bool) -> Self {
        Self { document, is_3_0, schemas: Schemas(Vec::new()), known: BTreeMap::new(), depth: 0 }
    }

    /// What was compiled.
    pub(crate) fn finish(self) -> Schemas {
        self.schemas
    }

    /// Compiles a schema that stands at a place.
    pub(crate) fn compile(&mut self, schema: &'v Value, place: &str) -> Result<SchemaId, DocumentProblem> {
        if self.schemas.0.len() >= MOST {
            return Err(DocumentProblem::new(
                place,
                format!("the document has more than {MOST} schemas: describe less"),
            ));
        }
        if self.depth >= DEEPEST {
            return Err(DocumentProblem::new(place, "this schema is nested too deeply: divide it"));
        }
        let id = SchemaId(self.schemas.0.len());
        self.schemas.0.push(Node::default());
        self.known.insert(place.to_owned(), id);
        self.depth += 1;
        let node = self.node(schema, place);
        self.depth -= 1;
        let node = node?;
        if let Some(slot) = self.schemas.0.get_mut(id.0) {
            *slot = node;
        }
        Ok(id)
    }
    fn node(&mut self, schema: &'v Value, place: &str) -> Result<Node, DocumentProblem> {
        let of = match schema {
            Value::Bool(holds) => return Ok(Node { is_never: !holds, ..Node::default() }),
            schema => table(schema, place)?,
        };
        let mut node = Node::default();
        if let Some(reference) = text(of, "$ref", place)? {
            node.all.push(self.referred(reference, place)?);
            if self.is_3_0 {
                return Ok(node);
            }
        }
        for key in of.keys() {
            if !ENFORCED.contains(&key.as_str()) && !SILENT.contains(&key.as_str()) && !key.starts_with("x-") {
                let message = format!("the keyword `{key}` is not enforced here: write the rule with other keywords");
                return Err(DocumentProblem::new(place, message));
            }
        }
        node.types = types(of, place)?;
        node.choices = choices(of, place)?;
        node.number = numbers(of, place)?;
        node.text = texts(of, place)?;
        node.array = self.array(of, place)?;
        node.object = self.object(of, place)?;
        node.all.extend(self.several(of, "allOf", place)?);
        node.any = self.several(of, "anyOf", place)?;
        node.one = self.several(of, "oneOf", place)?;
        node.not = self.optional(of, "not", place)?;
        if let Some(condition) = self.optional(of, "if", place)? {
            node.condition = Some((condition, self.optional(of, "then", place)?, self.optional(of, "else", place)?));
        }
        Ok(node)
    }

    /// A schema that is named, compiled once.
    fn referred(&mut self, reference: &str, place: &str) -> Result<SchemaId, DocumentProblem> {
        if let Some(known) = self.known.get(reference) {
            return Ok(*known);
        }
        let schema = target(self.document, reference, place)?;
        self.compile(schema, reference)
    }

    fn optional(
        &mut self,
        of: &'v Map<String, Value>,
        key: &str,
        place: &str,
    ) -> Result<Option<SchemaId>, DocumentProblem> {
        of.get(key).map(|schema| self.compile(schema, &below(place, key))).transpose()
    }

    fn several(
        &mut self,
        of: &'v Map<String, Value>,
        key: &str,
        place: &str,
    ) -> Result<Vec<SchemaId>, DocumentProblem> {
        let all = list(of, key, place)?;
        if all.is_empty() && of.contains_key(key) {
            return Err(DocumentProblem::new(&below(place, key), "write one schema at least"));
        }
        let numbered = all.iter().enumerate();
        numbered.map(|(number, schema)| self.compile(schema, &format!("{}/{number}", below(place, key)))).collect()
    }

    fn array(&mut self, of: &'v Map<String, Value>, place: &str) -> Result<ArrayRules, DocumentProblem> {
        Ok(ArrayRules {
            least: count(of, "minItems", place)?,
            most: count(of, "maxItems", place)?,
            is_unique: crate::reading::flag(of, "uniqueItems", place)?,
            first: if of.contains_key("prefixItems") { self.several(of, "prefixItems", place)? } else { Vec::new() },
            items: self.optional(of, "items", place)?,
        })
    }

    fn object(&mut self, of: &'v Map<String, Value>, place: &str) -> Result<ObjectRules, DocumentProblem> {
        let mut rules = ObjectRules {
            least: count(of, "minProperties", place)?,
            most: count(of, "maxProperties", place)?,
            others: self.optional(of, "additionalProperties", place)?,
            names: self.optional(of, "propertyNames", place)?,
            required: names(list(of, "required", place)?, place)?,
            ..ObjectRules::default()
        };
        for (name, schema) in members(of, "properties", place)? {
            let at = below(&below(place, "properties"), name);
            rules.properties.insert(name.clone(), self.compile(schema, &at)?);
        }
        for (name, schema) in members(of, "patternProperties", place)? {
            let at = below(&below(place, "patternProperties"), name);
            let pattern = pattern::compile(name).ok_or_else(|| irregular(&at))?;
            rules.patterns.push((pattern, self.compile(schema, &at)?));
        }
        for (name, others) in members(of, "dependentRequired", place)? {
            let at = below(&below(place, "dependentRequired"), name);
            let others = others.as_array().ok_or_else(|| DocumentProblem::new(&at, "write a list of names"))?;
            rules.dependent.push((name.clone(), names(others, &at)?));
        }
        Ok(rules)
    }
}

/// The members of a table that may be absent.
fn members<'v>(
    of: &'v Map<String, Value>,
    key: &str,
    place: &str,
) -> Result<impl Iterator<Item = (&'v String, &'v Value)>, DocumentProblem> {
    let members = of.get(key).map(|members| table(members, &below(place, key))).transpose()?;
    Ok(members.into_iter().flatten())
}

fn names(all: &[Value], place: &str) -> Result<Vec<String>, DocumentProblem> {
    let name = |value: &Value| value.as_str().map(ToOwned::to_owned);
    all.iter().map(name).collect::<Option<_>>().ok_or_else(|| DocumentProblem::new(place, "write a list of names"))
}

fn types(of: &Map<String, Value>, place: &str) -> Result<Option<Types>, DocumentProblem> {
    let at = below(place, "type");
    let unknown = || {
        DocumentProblem::new(&at, "write types of JSON Schema: string, number, integer, boolean, object, array, null")
    };
    let mut types = match of.get("type") {
        None => return Ok(None),
        Some(Value::String(name)) => Types::default().with(name).ok_or_else(unknown)?,
        Some(Value::Array(all)) if !all.is_empty() => {
            let with = |types: Types, name: &Value| types.with(name.as_str()?);
            all.iter().try_fold(Types::default(), with).ok_or_else(unknown)?
        }
        Some(_) => return Err(unknown()),
    };
    if crate::reading::flag(of, "nullable", place)? {
        types = types.with("null").ok_or_else(unknown)?;
    }
    Ok(Some(types))
}

fn choices(of: &Map<String, Value>, place: &str) -> Result<Option<Vec<Value>>, DocumentProblem> {
    let listed = of.contains_key("enum").then(|| list(of, "enum", place)).transpose()?;
    let only = of.get("const");
    Ok(match (listed, only) {
        (None, None) => None,
        (Some(listed), None) => Some(listed.to_vec()),
        (None, Some(only)) => Some(vec![only.clone()]),
        (Some(listed), Some(only)) => Some(listed.iter().filter(|one| *one == only).cloned().collect()),
    })
}

fn numbers(of: &Map<String, Value>, place: &str) -> Result<NumberRules, DocumentProblem> {
    let number = |key: &str| match of.get(key) {
        None | Some(Value::Bool(_)) => Ok(None),
        Some(value) => {
            let number = value.as_f64().filter(|number| number.is_finite());
            number.map(Some).ok_or_else(|| DocumentProblem::new(&below(place, key), "write a number"))
        }
    };
    let is_exclusive = |key: &str| of.get(key) == Some(&Value::Bool(true));
    let mut rules = NumberRules {
        least: number("minimum")?,
        more_than: number("exclusiveMinimum")?,
        most: number("maximum")?,
        less_than: number("exclusiveMaximum")?,
        multiple_of: number("multipleOf")?,
    };
    // As OpenAPI 3.0 writes it.
    if is_exclusive("exclusiveMinimum") {
        rules.more_than = rules.least.take();
    }
    if is_exclusive("exclusiveMaximum") {
        rules.less_than = rules.most.take();
    }
    if rules.multiple_of.is_some_and(|of| of <= 0.0) {
        return Err(DocumentProblem::new(&below(place, "multipleOf"), "write a number above 0"));
    }
    Ok(rules)
}

fn texts(of: &Map<String, Value>, place: &str) -> Result<TextRules, DocumentProblem> {
    let pattern = text(of, "pattern", place)?;
    let compiled = pattern.map(|text| pattern::compile(text).ok_or_else(|| irregular(&below(place, "pattern"))));
    Ok(TextRules {
        least: count(of, "minLength", place)?,
        most: count(of, "maxLength", place)?,
        pattern: compiled.transpose()?,
        format: text(of, "format", place)?.and_then(Format::of),
    })
}

fn irregular(place: &str) -> DocumentProblem {
    DocumentProblem::new(place, "this pattern looks around, refers back or is too large: write a regular one")
}

fn count(of: &Map<String, Value>, key: &str, place: &str) -> Result<Option<u64>, DocumentProblem> {
    let whole =
        |value: &Value| value.as_u64().ok_or_else(|| DocumentProblem::new(&below(place, key), "write a whole number"));
    of.get(key).map(whole).transpose()
}
