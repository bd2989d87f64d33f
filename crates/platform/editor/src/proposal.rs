//! A document as somebody wants it: from a form, from JSON or TOML, from a past revision.

use sekisho_control_plane::{Desired, Plan};
use sekisho_model::documents::Kind;
use sekisho_store::Document;
use sekisho_web::Problem;
use serde_json::Value;

use crate::Context;
use crate::form::{self, Typed, Why, Wrong};
use crate::{acting, raw, refusal};

/// A document as somebody wants it.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The revision that it was made from; `None` for a new document.
    pub(crate) revision: Option<u64>,
    /// What was typed.
    pub(crate) typed: Typed,
}

/// What the control plane makes of a proposal.
pub(crate) enum Planned {
    /// It would do this.
    Plan {
        /// The plan, with one step or none.
        plan: Plan,
        /// The document as it is.
        now: Option<Document>,
        /// The body that was proposed.
        body: Value,
    },
    /// Somebody else changed the document since the proposal was begun.
    Overtaken {
        /// The document as it is.
        now: Document,
        /// The body that was proposed, where it could be read.
        body: Option<Value>,
    },
    /// It cannot be.
    Wrong(Vec<Wrong>),
}

impl Proposal {
    /// The proposal that a form sends.
    pub(crate) fn of(kind: Kind, typed: Typed) -> Self {
        let revision = typed.trimmed("revision").parse().ok();
        let id = if kind == Kind::Settings { "settings".to_owned() } else { typed.trimmed("id") };
        Self { kind, id, revision, typed }
    }

    /// The body that was typed: as JSON of a page before, as a raw text, or as fields.
    pub(crate) fn body(&self) -> Result<Value, Vec<Wrong>> {
        let whole = |why| vec![Wrong { field: None, why }];
        if let Some(json) = self.typed.get("body") {
            return serde_json::from_str(&json).map_err(|error| whole(Why::Said(error.to_string())));
        }
        match self.typed.get("raw") {
            Some(text) => raw::read(&text).map_err(|why| whole(Why::Said(why))),
            None => form::body(self.kind, &self.id, &self.typed),
        }
    }

    /// Plans it. The person may read documents of this kind and plan their change.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub(crate) async fn plan(&self, context: &Context) -> Result<Planned, Problem> {
        let now = acting::current(context, self.kind, &self.id).await?;
        let body = self.body();
        match (&now, self.revision) {
            (Some(now), Some(revision)) if now.revision != revision => {
                return Ok(Planned::Overtaken { now: now.clone(), body: body.ok() });
            }
            (Some(_), None) => {
                let why = Why::Key("wrong-taken");
                return Ok(Planned::Wrong(vec![Wrong { field: self.id_field(), why }]));
            }
            (None, Some(_)) => {
                let why = Why::Key("wrong-removed");
                return Ok(Planned::Wrong(vec![Wrong { field: None, why }]));
            }
            _ => {}
        }
        if self.id.is_empty() {
            let mut wrong = body.err().unwrap_or_default();
            wrong.retain(|one| one.field != Some("id"));
            wrong.insert(0, Wrong { field: self.id_field(), why: Why::Key("wrong-missing") });
            return Ok(Planned::Wrong(wrong));
        }
        let body = match body {
            Ok(body) => body,
            Err(wrong) => return Ok(Planned::Wrong(wrong)),
        };
        let desired = Desired { kind: self.kind, id: self.id.clone(), body: body.clone(), origin: self.id.clone() };
        match context.services.control_plane.plan(&[desired], false).await {
            Ok(plan) if plan.steps.iter().any(|step| step.expected != now.as_ref().map(|now| now.revision)) => {
                let now = acting::current(context, self.kind, &self.id).await?.ok_or(Problem::NotFound)?;
                Ok(Planned::Overtaken { now, body: Some(body) })
            }
            Ok(plan) => Ok(Planned::Plan { plan, now, body }),
            Err(error) => refusal::wrong(self.kind, error).map(Planned::Wrong),
        }
    }

    /// Where a message about the identifier stands.
    const fn id_field(&self) -> Option<&'static str> {
        Some("id")
    }
}
