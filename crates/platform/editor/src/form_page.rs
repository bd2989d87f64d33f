//! The page of a form: empty, filled, or sent back with what is wrong with it.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use sekisho_model::documents::Kind;
use sekisho_store::Document;
use sekisho_web::page::Page;
use sekisho_web::{Problem, answer};
use serde_json::Value;

use crate::Context;
use crate::difference::{self, Difference};
use crate::fields;
use crate::form::{self, Typed, Wrong};
use crate::impact::ImpactView;
use crate::inputs::{Control, Input, inputs};
use crate::proposal::Proposal;
use crate::raw;
use crate::refusal::said;

#[derive(Template)]
#[template(path = "form.html")]
pub(crate) struct FormPage {
    pub(crate) page: Page,
    pub(crate) kind: Kind,
    kind_name: String,
    /// The identifier of a document that is there.
    id: Option<String>,
    revision: Option<u64>,
    inputs: Vec<Input>,
    /// The whole document as one text, instead of fields.
    raw: Option<String>,
    /// What is wrong with the document as a whole.
    problems: Vec<String>,
    /// How many fields are wrong.
    wrong_fields: usize,
    /// What somebody else has written meanwhile, against what was typed.
    overtaken: Option<Vec<Difference>>,
    /// What was proposed is what is there.
    unchanged: bool,
    /// What a policy would do, where that was asked for.
    checked: Option<ImpactView>,
}

impl FormPage {
    /// Whether it holds the text of a policy, and so its script.
    fn has_policy(&self) -> bool {
        self.inputs.iter().any(|input| matches!(input.control, Control::Policy(_)))
    }

    fn is_settings(&self) -> bool {
        self.kind == Kind::Settings
    }
}

/// What a form is shown with, beside the proposal.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) wrong: Vec<Wrong>,
    /// The document as somebody else has written it, and the body that was typed.
    pub(crate) overtaken: Option<(Document, Option<Value>)>,
    pub(crate) unchanged: bool,
    pub(crate) checked: Option<ImpactView>,
}

/// A form as it begins: empty, or with a document.
pub(crate) async fn begun(
    context: &Context,
    kind: Kind,
    now: Option<&Document>,
    as_text: bool,
) -> Result<Response, Problem> {
    let empty = kind.normalise(&Value::Object(serde_json::Map::new())).ok();
    let body = now.map(|now| &now.body).or(empty.as_ref());
    let mut typed = body.map(|body| form::typed(kind, body)).unwrap_or_default();
    if as_text {
        typed = Typed(vec![("raw".to_owned(), body.map(raw::written).unwrap_or_default())]);
    }
    let id = now.map_or_else(
        || if kind == Kind::Settings { "settings".to_owned() } else { String::new() },
        |now| now.id.clone(),
    );
    let proposal = Proposal { kind, id, revision: now.map(|now| now.revision), typed };
    page(context, &proposal, Shown::default()).await
}

/// The form again, with what was typed into it.
pub(crate) async fn page(context: &Context, proposal: &Proposal, shown: Shown) -> Result<Response, Problem> {
    let Proposal { kind, id, revision, typed } = proposal;
    let Shown { wrong, overtaken, unchanged, checked } = shown;
    let fixed = (revision.is_some() || *kind == Kind::Settings).then(|| id.clone());
    let status = match (&overtaken, wrong.is_empty()) {
        (Some(_), _) => StatusCode::CONFLICT,
        (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, true) => StatusCode::OK,
    };
    let typed = with_fields(*kind, id, typed);
    let raw = typed.get("raw");
    let inputs = match raw {
        None => inputs(context, *kind, fixed.as_deref(), (&typed, &wrong)).await?,
        Some(_) => Vec::new(),
    };
    let page = Page { scripts: if *kind == Kind::Policy { &["policy.js"] } else { &[] }, ..context.page_with_times() };
    let beside = |one: &Wrong| {
        one.field
            .is_some_and(|field| inputs.iter().any(|input| input.name == form::input(field) || input.name == field))
    };
    let problems = wrong.iter().filter(|one| !beside(one)).map(|one| said(context, &one.why)).collect();
    let wrong_fields = wrong.iter().filter(|one| beside(one)).count();
    let differs = |(now, body): &(Document, Option<Value>)| {
        let normal = body.as_ref().map(|body| kind.normalise(body).unwrap_or_else(|_| body.clone()));
        difference::between(&page, *kind, Some(&now.body), normal.as_ref().or(Some(&now.body)))
    };
    let shown = FormPage {
        kind: *kind,
        kind_name: page.say(fields::name_of(*kind)),
        id: fixed,
        // Sent again, it replaces what the other wrote, which the page shows.
        revision: overtaken.as_ref().map(|(now, _)| now.revision).or(*revision),
        inputs,
        raw,
        problems,
        wrong_fields,
        overtaken: overtaken.as_ref().map(differs),
        unchanged,
        checked,
        page,
    };
    answer::html_at(status, &shown)
}

/// What was typed as fields, where it came as the JSON of a page before.
fn with_fields(kind: Kind, id: &str, typed: &Typed) -> Typed {
    let body = typed.get("body").and_then(|json| serde_json::from_str::<Value>(&json).ok());
    match body {
        Some(body) => {
            let mut fields = form::typed(kind, &body);
            fields.0.push(("id".to_owned(), id.to_owned()));
            fields
        }
        None => typed.clone(),
    }
}
