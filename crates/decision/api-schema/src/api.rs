//! An API: which operation a request is, under every reading of its path.

use std::collections::BTreeMap;

use http::HeaderMap;
use sekisho_path_reading::{Readings, readings};

use crate::body::{self, BodyLength, BodyPlan, BodySchema};
use crate::fault::{Fault, Place};
use crate::parameter::{Asked, Location, Parts};
use crate::reading::DocumentProblem;
use crate::schema::Schemas;
use crate::template::Template;
use crate::violation::{Violation, ViolationKind};
use crate::{Operation, document, query};

/// An OpenAPI document, ready to be held against requests. Immutable.
#[derive(Debug)]
pub struct ApiSchema {
    title: String,
    version: String,
    /// The paths by their number of segments: literal ones first.
    paths: BTreeMap<usize, Vec<PathItem>>,
    schemas: Schemas,
}

/// A path and what can be done there.
#[derive(Debug)]
pub(crate) struct PathItem {
    pub(crate) template: Template,
    pub(crate) operations: BTreeMap<String, Operation>,
}

/// Why a request is no operation of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOperation {
    /// The document has no such path.
    Path,
    /// The path does not have this method.
    Method,
    /// Servers can read the path as different ones.
    Readings,
}

impl ApiSchema {
    /// Reads a document of OpenAPI 3.0 or 3.1, in YAML or JSON.
    ///
    /// # Errors
    /// [`DocumentProblem`]: where it is not one, or says what would not be enforced.
    pub fn read(text: &str) -> Result<Self, DocumentProblem> {
        document::read(text)
    }

    pub(crate) fn new((title, version): (String, String), items: Vec<PathItem>, schemas: Schemas) -> Self {
        let mut paths: BTreeMap<usize, Vec<PathItem>> = BTreeMap::new();
        for item in items {
            paths.entry(item.template.len()).or_default().push(item);
        }
        for items in paths.values_mut() {
            items.sort_by_key(|item| !item.template.is_literal());
        }
        Self { title, version, paths, schemas }
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The version of the API that it describes.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every operation.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.paths.values().flatten().flat_map(|item| item.operations.values())
    }

    /// The operation that a request is, when every server reads it as the same one.
    ///
    /// # Errors
    /// [`NoOperation`].
    // INVARIANT I-47: a request is an operation only when every reading of its path is the same one.
    pub fn operation(&self, method: &str, path: &str) -> Result<&Operation, NoOperation> {
        let item = self.item(path).ok_or(NoOperation::Path)?;
        match readings(path) {
            Readings::Plain => {}
            Readings::TooMany => return Err(NoOperation::Readings),
            Readings::Others(others) => {
                let is_same = |other: &String| self.item(other).is_some_and(|other| std::ptr::eq(other, item));
                if !others.iter().all(is_same) {
                    return Err(NoOperation::Readings);
                }
            }
        }
        item.operations.get(method).ok_or(NoOperation::Method)
    }

    /// The path that a text is: a literal one before one with parameters; none where several with parameters fit.
    fn item(&self, path: &str) -> Option<&PathItem> {
        let segments = path.strip_prefix('/')?.split('/').count();
        let mut fitting = self.paths.get(&segments)?.iter().filter(|item| item.template.matches(path).is_some());
        let first = fitting.next()?;
        (first.template.is_literal() || fitting.next().is_none()).then_some(first)
    }

    /// Whether the parameters of a request are what its operation describes. Of the query, all names must be described.
    ///
    /// # Errors
    /// [`Violation`]: the first that is not.
    // INVARIANT I-48: what is not as the document describes it does not reach the application.
    pub fn check_parameters(&self, operation: &Operation, path: &str, asked: &Asked<'_>) -> Result<(), Violation> {
        let parts = Parts::of(asked)?;
        if let Some(name) = parts.unknown(&operation.parameters) {
            let place = Place::parameter(Location::Query.name(), name);
            return Err(Violation::of(ViolationKind::Parameter, &place, &Fault::Unexpected));
        }
        self.check_path(operation, path)?;
        for parameter in operation.parameters.iter().filter(|parameter| parameter.location != Location::Path) {
            parameter.check(&self.schemas, &parts.values(parameter, asked.fields))?;
        }
        Ok(())
    }

    /// Checks the parameters of the path as servers decode them, and under each reading without escapes.
    fn check_path(&self, operation: &Operation, path: &str) -> Result<(), Violation> {
        let two = || Violation::of(ViolationKind::Parameter, &Place::named("path"), &Fault::TwoReadings);
        let item = self.item(path).ok_or_else(two)?;
        let raw = item.template.matches(path).ok_or_else(two)?;
        let text = |raw: &str| String::from_utf8(query::decode(raw.as_bytes(), false)?).ok();
        let decoded: Vec<String> = raw.into_iter().map(text).collect::<Option<_>>().ok_or_else(two)?;
        let mut all = vec![decoded];
        if let Readings::Others(others) = readings(path) {
            for other in others.iter().filter(|other| !other.contains('%')) {
                let values = item.template.matches(other).ok_or_else(two)?;
                all.push(values.into_iter().map(ToOwned::to_owned).collect());
            }
        }
        for values in all {
            for (parameter, value) in operation.parameters.iter().zip(values) {
                parameter.check(&self.schemas, &[value])?;
            }
        }
        Ok(())
    }

    /// What is done with the body of a request, which may have `limit` bytes.
    ///
    /// # Errors
    /// [`Violation`]: there must be one, must be none, it is too large or of another media type.
    pub fn body_plan(
        &self,
        operation: &Operation,
        fields: &HeaderMap,
        length: BodyLength,
        limit: u64,
    ) -> Result<BodyPlan, Violation> {
        operation.body.plan(fields, length, limit)
    }

    /// Whether a whole body is what its operation describes.
    ///
    /// # Errors
    /// [`Violation`].
    pub fn check_body(&self, schema: BodySchema, bytes: &[u8]) -> Result<(), Violation> {
        body::check(&self.schemas, schema, bytes)
    }
}
