//! From the text of a document to operations.

use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;
use serde_json::{Map, Value};

use crate::api::{ApiSchema, PathItem};
use crate::body::BodyRule;
use crate::compile::Compiler;
use crate::operation::Operation;
use crate::parameter::{Location, Parameter};
use crate::reading::{DocumentProblem, below, list, table, text};
use crate::reference::follow;
use crate::template::Template;

/// The largest document, in bytes.
pub const LARGEST_DOCUMENT: usize = 512 * 1024;
/// The most operations.
const MOST_OPERATIONS: usize = 2000;
/// The longest name of an operation, in bytes.
const LONGEST_ID: usize = 128;
/// The methods that a document describes.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Fields that a document names and that are described elsewhere (OpenAPI 3.1, section 4.8.12.1).
const IGNORED_FIELDS: [&str; 3] = ["accept", "content-type", "authorization"];

/// Reads a document in YAML or JSON.
pub(crate) fn read(source: &str) -> Result<ApiSchema, DocumentProblem> {
    if source.len() > LARGEST_DOCUMENT {
        return Err(DocumentProblem::new("#", format!("the document is larger than {LARGEST_DOCUMENT} bytes")));
    }
    let document = parsed(source)?;
    let of = table(&document, "#")?;
    let is_3_0 = match text(of, "openapi", "#")? {
        Some(version) if version.starts_with("3.0.") => true,
        Some(version) if version.starts_with("3.1.") => false,
        _ => return Err(DocumentProblem::new("#/openapi", "write a document of OpenAPI 3.0 or 3.1")),
    };
    let info =
        |key: &str| document.pointer(&format!("/info/{key}")).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut reader = Reader {
        document: &document,
        compiler: Compiler::new(&document, is_3_0),
        base: base(of)?,
        ids: BTreeSet::new(),
        shapes: BTreeSet::new(),
    };
    let paths = of.get("paths").ok_or_else(|| DocumentProblem::new("#/paths", "describe the paths of the API"))?;
    let mut items = Vec::new();
    for (path, item) in table(paths, "#/paths")?.iter().filter(|(path, _)| !path.starts_with("x-")) {
        items.push(reader.item(path, item)?);
    }
    Ok(ApiSchema::new((info("title"), info("version")), items, reader.compiler.finish()))
}

fn parsed(source: &str) -> Result<Value, DocumentProblem> {
    let wrong =
        |error: &dyn std::fmt::Display| DocumentProblem::new("#", format!("it is neither JSON nor YAML: {error}"));
    if source.trim_start().starts_with('{') {
        return serde_json::from_str(source).map_err(|error| wrong(&error));
    }
    yaml_serde::from_str(source).map_err(|error| wrong(&error))
}

/// The path that stands before each path of the document: that of its servers, which must have the same.
fn base(of: &Map<String, Value>) -> Result<String, DocumentProblem> {
    let place = "#/servers";
    let mut paths = BTreeSet::new();
    for server in list(of, "servers", "#")? {
        let url = server.get("url").and_then(Value::as_str).unwrap_or("/");
        let after =
            url.split_once("://").map_or(url, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(""));
        paths.insert(after.trim_end_matches('/').to_owned());
    }
    let mut paths = paths.into_iter();
    let path = paths.next().unwrap_or_default();
    if paths.next().is_some() {
        return Err(DocumentProblem::new(place, "the servers have different paths: name those with one path only"));
    }
    let is_path = path.is_empty() || path.starts_with('/') && !path.contains(['{', '?', '#', '%']);
    if is_path { Ok(path) } else { Err(DocumentProblem::new(place, "write the path of the server without variables")) }
}

struct Reader<'v> {
    document: &'v Value,
    compiler: Compiler<'v>,
    base: String,
    ids: BTreeSet<String>,
    shapes: BTreeSet<String>,
}

impl<'v> Reader<'v> {
    fn item(&mut self, path: &str, item: &'v Value) -> Result<PathItem, DocumentProblem> {
        let place = below("#/paths", path);
        let whole = format!("{}{path}", self.base);
        let template = Template::read(&whole, &place)?;
        if !self.shapes.insert(template.shape()) {
            return Err(DocumentProblem::new(&place, "another path is the same but for the names of its parameters"));
        }
        let (item, place) = follow(self.document, item, &place)?;
        let of = table(item, &place)?;
        let mut operations = BTreeMap::new();
        for method in METHODS {
            if let Some(operation) = of.get(method) {
                let operation = self.operation(&template, (method, &whole), of, operation, &below(&place, method))?;
                operations.insert(method.to_ascii_uppercase(), operation);
            }
        }
        Ok(PathItem { template, operations })
    }

    fn operation(
        &mut self,
        template: &Template,
        (method, path): (&str, &str),
        item: &'v Map<String, Value>,
        value: &'v Value,
        place: &str,
    ) -> Result<Operation, DocumentProblem> {
        let of = table(value, place)?;
        let method = method.to_ascii_uppercase();
        let id = text(of, "operationId", place)?.map_or_else(|| format!("{method} {path}"), ToOwned::to_owned);
        if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(char::is_control) {
            return Err(DocumentProblem::new(&below(place, "operationId"), "write a name of 1 to 128 bytes"));
        }
        if !self.ids.insert(id.clone()) {
            let message = format!("`{id}` names another operation too: give each a name of its own");
            return Err(DocumentProblem::new(&below(place, "operationId"), message));
        }
        if self.ids.len() > MOST_OPERATIONS {
            return Err(DocumentProblem::new(
                place,
                format!("the document has more than {MOST_OPERATIONS} operations"),
            ));
        }
        let parameters = self.parameters(template, item, of, place)?;
        let body = of
            .get("requestBody")
            .map(|body| BodyRule::read(&mut self.compiler, self.document, body, &below(place, "requestBody")));
        let body = body.transpose()?.unwrap_or_default();
        let summary = text(of, "summary", place)?.unwrap_or_default().chars().take(200).collect();
        Ok(Operation { id: ArcStr::from(id), method, path: path.to_owned(), summary, parameters, body })
    }

    /// The parameters of an operation, which replace those of its path with the same name; in the path, in its order.
    fn parameters(
        &mut self,
        template: &Template,
        item: &'v Map<String, Value>,
        of: &'v Map<String, Value>,
        place: &str,
    ) -> Result<Vec<Parameter>, DocumentProblem> {
        let mut all: Vec<Parameter> = Vec::new();
        for (level, at) in [(item, place), (of, place)] {
            for (number, value) in list(level, "parameters", at)?.iter().enumerate() {
                let at = format!("{}/{number}", below(at, "parameters"));
                let new = Parameter::read(&mut self.compiler, self.document, value, &at)?;
                all.retain(|old| (old.location, &old.name) != (new.location, &new.name));
                all.push(new);
            }
        }
        all.retain(|one| {
            one.location != Location::Header || !IGNORED_FIELDS.contains(&one.name.to_ascii_lowercase().as_str())
        });
        let (mut in_path, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.location == Location::Path);
        let mut ordered = Vec::new();
        for name in template.names() {
            let found = in_path.iter().position(|parameter| parameter.name == name);
            let found = found
                .ok_or_else(|| DocumentProblem::new(place, format!("describe the parameter `{name}` of the path")))?;
            ordered.push(in_path.remove(found));
        }
        if let Some(other) = in_path.first() {
            return Err(DocumentProblem::new(place, format!("the path has no parameter `{}`", other.name)));
        }
        ordered.extend(others);
        Ok(ordered)
    }
}
