//! The body of a request: whether there may be one, in which media type, how large, and how it is checked.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::Value;

use crate::compile::Compiler;
use crate::fault::{Fault, Place};
use crate::media::{MediaRange, essence, is_json, is_utf8};
use crate::reading::{DocumentProblem, below, flag, table};
use crate::reference::follow;
use crate::schema::{SchemaId, Schemas};
use crate::violation::{Violation, ViolationKind};
use crate::{strict_json, validate};

/// The largest body that a document may let an operation take, in bytes: JSON of that size is held in memory while it is checked.
pub const MOST_BODY: u64 = 8 * 1024 * 1024;

/// What a request says of the length of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// There is none.
    None,
    /// This number of bytes.
    Known(u64),
    /// It ends when it ends.
    Unknown,
}

/// What is done with the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyPlan {
    /// It passes as it comes: its length is known and no schema of JSON describes it.
    Passes,
    /// It is held until it is whole and checked.
    Checked {
        /// The most bytes.
        limit: usize,
        /// Which schema it is held against.
        schema: BodySchema,
    },
}

/// Which schema a body is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodySchema(Option<SchemaId>);

/// What an operation takes as a body.
#[derive(Debug, Default)]
pub(crate) struct BodyRule {
    is_required: bool,
    media: Vec<(MediaRange, Option<SchemaId>)>,
}

impl BodyRule {
    /// Reads the `requestBody` of an operation.
    pub(crate) fn read<'v>(
        compiler: &mut Compiler<'v>,
        document: &'v Value,
        value: &'v Value,
        place: &str,
    ) -> Result<Self, DocumentProblem> {
        let (value, place) = follow(document, value, place)?;
        let of = table(value, &place)?;
        let at = below(&place, "content");
        let content = of.get("content").ok_or_else(|| DocumentProblem::new(&at, "name the media types of the body"))?;
        let mut media = Vec::new();
        for (name, body) in table(content, &at)? {
            let place = below(&below(&at, name), "schema");
            let schema = body.get("schema").map(|schema| compiler.compile(schema, &place)).transpose()?;
            media.push((MediaRange::of(name), schema));
        }
        Ok(Self { is_required: flag(of, "required", &place)?, media })
    }

    /// What is done with a body that a request announces.
    pub(crate) fn plan(&self, fields: &HeaderMap, length: BodyLength, limit: u64) -> Result<BodyPlan, Violation> {
        let place = Place::body("");
        let wrong = |fault: &Fault| Err(Violation::of(ViolationKind::Body, &place, fault));
        if matches!(length, BodyLength::None | BodyLength::Known(0)) {
            return if self.is_required { wrong(&Fault::Missing) } else { Ok(BodyPlan::Passes) };
        }
        if self.media.is_empty() {
            return wrong(&Fault::Unexpected);
        }
        // INVARIANT I-48: what is larger than the document's limit is refused by what it says, or while it comes.
        if matches!(length, BodyLength::Known(bytes) if bytes > limit) {
            return Err(Violation::too_large(limit));
        }
        let only = |name| {
            let mut all = fields.get_all(name).iter();
            let first = all.next().map(|value| value.to_str().ok());
            if all.next().is_some() { Some(None) } else { first }
        };
        let coding = only(CONTENT_ENCODING);
        let is_plain = coding.is_none_or(|coding| coding.is_some_and(|coding| coding.eq_ignore_ascii_case("identity")));
        let Some(Some(written)) = only(CONTENT_TYPE) else { return Err(Violation::media_type()) };
        let kind = essence(written);
        let fitting = self.media.iter().filter_map(|(range, schema)| Some((range.fits(&kind)?, schema)));
        let Some((_, schema)) = fitting.max_by_key(|(fit, _)| *fit) else { return Err(Violation::media_type()) };
        if is_json(&kind) {
            let is_readable = is_plain && is_utf8(written);
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let plan = BodyPlan::Checked { limit, schema: BodySchema(*schema) };
            return if is_readable { Ok(plan) } else { Err(Violation::media_type()) };
        }
        match length {
            BodyLength::Unknown => Err(Violation::no_length()),
            BodyLength::None | BodyLength::Known(_) => Ok(BodyPlan::Passes),
        }
    }
}

/// Whether a body is what a schema describes, and JSON that every parser reads alike.
pub(crate) fn check(schemas: &Schemas, schema: BodySchema, bytes: &[u8]) -> Result<(), Violation> {
    let wrong = |pointer: &str, fault: &Fault| Violation::of(ViolationKind::Body, &Place::body(pointer), fault);
    let value = strict_json::read(bytes).map_err(|fault| wrong("", &fault))?;
    let Some(schema) = schema.0 else { return Ok(()) };
    validate::check(schemas, schema, &value).map_err(|(pointer, fault)| wrong(&pointer, &fault))
}
