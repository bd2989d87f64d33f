//! Parameters: of the path, the query, the fields and the cookies.

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::compile::Compiler;
use crate::fault::{Fault, Place};
use crate::reading::{DocumentProblem, below, flag, table, text};
use crate::reference::follow;
use crate::schema::{SchemaId, Schemas};
use crate::violation::{Violation, ViolationKind};
use crate::{query, strict_json, validate};

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

impl Location {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One value.
    One,
    /// A list: of values that stand several times, or of parts between this letter.
    Repeated,
    Parts(char),
    /// JSON.
    Json,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) location: Location,
    pub(crate) name: String,
    is_required: bool,
    may_be_empty: bool,
    form: Form,
    schema: Option<SchemaId>,
}

/// The parts of a request that parameters stand in.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The query, as it came.
    pub query: Option<&'a str>,
    /// The fields.
    pub fields: &'a HeaderMap,
    /// The cookies that go on to the application.
    pub cookies: Option<&'a str>,
}

impl Parameter {
    /// Reads a parameter of the document.
    pub(crate) fn read<'v>(
        compiler: &mut Compiler<'v>,
        document: &'v Value,
        value: &'v Value,
        place: &str,
    ) -> Result<Self, DocumentProblem> {
        let (value, place) = follow(document, value, place)?;
        let of = table(value, &place)?;
        let wrong = |key: &str, message: &str| DocumentProblem::new(&below(&place, key), message);
        let name = text(of, "name", &place)?.ok_or_else(|| wrong("name", "name the parameter"))?.to_owned();
        let location = match text(of, "in", &place)? {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            Some("header") => Location::Header,
            Some("cookie") => Location::Cookie,
            _ => return Err(wrong("in", "write path, query, header or cookie")),
        };
        let is_required = flag(of, "required", &place)? || location == Location::Path;
        let may_be_empty = flag(of, "allowEmptyValue", &place)?;
        if let Some(content) = of.get("content") {
            let at = below(&place, "content");
            let (media, body) =
                table(content, &at)?.iter().next().ok_or_else(|| wrong("content", "name a media type"))?;
            let schema =
                body.get("schema").map(|schema| compiler.compile(schema, &below(&below(&at, media), "schema")));
            let form = if crate::media::is_json(media) { Form::Json } else { Form::One };
            let schema = schema.transpose()?.filter(|_| form == Form::Json);
            return Ok(Self { location, name, is_required, may_be_empty, form, schema });
        }
        let schema = of.get("schema");
        let form = form(of, location, document, schema, &place)?;
        let schema = schema.map(|schema| compiler.compile(schema, &below(&place, "schema"))).transpose()?;
        Ok(Self { location, name, is_required, may_be_empty, form, schema })
    }

    /// Whether it is what the document says, from the values that stand under its name.
    pub(crate) fn check(&self, schemas: &Schemas, values: &[String]) -> Result<(), Violation> {
        let place = Place::parameter(self.location.name(), &self.name);
        let wrong = |place: &Place, fault: &Fault| Err(Violation::of(ViolationKind::Parameter, place, fault));
        let value = match values {
            [] if self.is_required => return wrong(&place, &Fault::Missing),
            [] => return Ok(()),
            [value] => value,
            [..] if self.form == Form::Repeated => "",
            [..] => return wrong(&place, &Fault::Twice),
        };
        let (Some(schema), false) = (self.schema, value.is_empty() && self.may_be_empty) else { return Ok(()) };
        let found = match self.form {
            Form::One => check_any(schemas, schema, readings(value)),
            Form::Json => match strict_json::read(value.as_bytes()) {
                Ok(value) => validate::check(schemas, schema, &value),
                Err(fault) => Err((String::new(), fault)),
            },
            Form::Repeated => check_list(schemas, schema, values.iter().map(String::as_str)),
            Form::Parts(separator) => check_list(schemas, schema, value.split(separator)),
        };
        found.or_else(|(pointer, fault)| wrong(&place.part(&pointer), &fault))
    }
}

/// How a parameter is written, by its style.
fn form(
    of: &serde_json::Map<String, Value>,
    location: Location,
    document: &Value,
    schema: Option<&Value>,
    place: &str,
) -> Result<Form, DocumentProblem> {
    let is_of = |name: &str| match schema.map(|schema| follow(document, schema, place)).transpose() {
        Ok(Some((schema, _))) => match schema.get("type") {
            Some(Value::Array(types)) => types.iter().any(|one| one == name),
            one => one.is_some_and(|one| one == name),
        },
        _ => false,
    };
    if is_of("object") {
        let message = "objects are taken as `content` of the type application/json only: describe each value as a parameter of its own";
        return Err(DocumentProblem::new(place, message));
    }
    let (usual, explodes) = match location {
        Location::Query | Location::Cookie => ("form", true),
        Location::Path | Location::Header => ("simple", false),
    };
    let style = text(of, "style", place)?.unwrap_or(usual);
    let explodes = if of.contains_key("explode") { flag(of, "explode", place)? } else { explodes && style == "form" };
    match (style, is_of("array")) {
        ("form" | "simple", false) => Ok(Form::One),
        ("form", true) if explodes && location == Location::Query => Ok(Form::Repeated),
        ("form" | "simple", true) => Ok(Form::Parts(',')),
        ("spaceDelimited", true) if !explodes => Ok(Form::Parts(' ')),
        ("pipeDelimited", true) if !explodes => Ok(Form::Parts('|')),
        ("spaceDelimited" | "pipeDelimited", true) if location == Location::Query => Ok(Form::Repeated),
        _ => Err(DocumentProblem::new(&below(place, "style"), "write the style `form` or `simple`")),
    }
}

/// What a text may stand for, once it is read as its type.
fn readings(text: &str) -> Vec<Value> {
    let mut all = Vec::with_capacity(2);
    match text {
        "true" => all.push(Value::Bool(true)),
        "false" => all.push(Value::Bool(false)),
        "null" => all.push(Value::Null),
        text if text.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
            all.extend(serde_json::from_str(text).ok().filter(Value::is_number));
        }
        _ => {}
    }
    all.push(Value::String(text.to_owned()));
    all
}

/// Holds a text against a schema as any of its readings. What is said is what is wrong with the first.
fn check_any(schemas: &Schemas, schema: SchemaId, all: Vec<Value>) -> Result<(), validate::Wrong> {
    let mut first = None;
    for value in all {
        match validate::check(schemas, schema, &value) {
            Ok(()) => return Ok(()),
            Err(wrong) => drop(first.get_or_insert(wrong)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// Holds a list against a schema: each item as the reading that the schema of items takes.
fn check_list<'t>(
    schemas: &Schemas,
    schema: SchemaId,
    texts: impl Iterator<Item = &'t str>,
) -> Result<(), validate::Wrong> {
    let items = items_of(schemas, schema, 0);
    let item = |text: &str| {
        let fits = |value: &Value| items.is_none_or(|items| validate::check(schemas, items, value).is_ok());
        readings(text).into_iter().find(fits).unwrap_or_else(|| Value::String(text.to_owned()))
    };
    let list: Vec<Value> = texts.map(item).collect();
    validate::check(schemas, schema, &Value::Array(list))
}

/// The schema of the items, also where a reference leads to it.
fn items_of(schemas: &Schemas, schema: SchemaId, depth: usize) -> Option<SchemaId> {
    let node = schemas.get(schema).filter(|_| depth < 16)?;
    node.array.items.or_else(|| node.all.iter().find_map(|schema| items_of(schemas, *schema, depth + 1)))
}

/// The parts of a request by location, taken apart once.
pub(crate) struct Parts {
    query: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
}

impl Parts {
    /// Takes a request apart.
    pub(crate) fn of(asked: &Asked<'_>) -> Result<Self, Violation> {
        let two = || Violation::of(ViolationKind::Parameter, &Place::named("query"), &Fault::TwoReadings);
        let query = query::pairs(asked.query.unwrap_or_default()).ok_or_else(two)?;
        let pair = |part: &str| {
            let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
            (name.to_owned(), value.to_owned())
        };
        let cookies = asked.cookies.unwrap_or_default().split(';').map(pair).collect();
        Ok(Self { query, cookies })
    }

    /// The values under the name of a parameter; those of the path are the caller's.
    pub(crate) fn values(&self, parameter: &Parameter, fields: &HeaderMap) -> Vec<String> {
        let under = |pairs: &[(String, String)]| {
            let named = pairs.iter().filter(|(name, _)| *name == parameter.name);
            named.map(|(_, value)| value.clone()).collect()
        };
        match parameter.location {
            Location::Path => Vec::new(),
            Location::Query => under(&self.query),
            Location::Cookie => under(&self.cookies),
            Location::Header => match HeaderName::try_from(parameter.name.as_str()) {
                Ok(name) => fields
                    .get_all(name)
                    .iter()
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                    .collect(),
                Err(_) => Vec::new(),
            },
        }
    }

    /// The first name in the query that no parameter has.
    pub(crate) fn unknown(&self, parameters: &[Parameter]) -> Option<&str> {
        let is_known = |name: &str| {
            parameters.iter().any(|parameter| parameter.location == Location::Query && parameter.name == name)
        };
        self.query.iter().map(|(name, _)| name.as_str()).find(|name| !is_known(name))
    }
}
