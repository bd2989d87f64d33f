//! Making and changing a document: the form, what it would do, and doing it.

use axum::extract::{Form, Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_web::{Access, Problem, answer};
use serde::Deserialize;

use crate::acting::{PROPOSE, READ, actor, current, demand, kind, propose};
use crate::form::Typed;
use crate::form_page::{self, Shown};
use crate::impact::ImpactView;
use crate::proposal::{Planned, Proposal};
use crate::{Context, Routes, confirm, refusal};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/console/documents/{kind}/new", READ, new)
        .get("/console/documents/{kind}/{id}/edit", READ, edit)
        .post("/console/documents/{kind}/plan", PROPOSE, plan)
        .post("/console/documents/{kind}/save", Access::OfKind(&[table::putting]), save)
}

/// How a form is shown.
#[derive(Deserialize)]
struct As {
    #[serde(rename = "as")]
    form: Option<String>,
}

impl As {
    fn is_text(&self) -> bool {
        self.form.as_deref() == Some("text")
    }
}

async fn new(context: Context, Path(name): Path<String>, Query(shown): Query<As>) -> Result<Response, Problem> {
    let kind = kind(&name)?;
    propose(&context, kind).await?;
    form_page::begun(&context, kind, None, shown.is_text()).await
}

async fn edit(
    context: Context,
    Path((name, id)): Path<(String, String)>,
    Query(shown): Query<As>,
) -> Result<Response, Problem> {
    let kind = kind(&name)?;
    propose(&context, kind).await?;
    let now = current(&context, kind, &id).await?;
    // The settings have defaults, and need not be written.
    if now.is_none() && kind != sekisho_model::documents::Kind::Settings {
        return Err(Problem::NotFound);
    }
    form_page::begun(&context, kind, now.as_ref(), shown.is_text()).await
}

async fn plan(
    context: Context,
    Path(name): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let proposal = Proposal::of(kind(&name)?, Typed(typed));
    demand(&context, &table::reading(proposal.kind), None).await?;
    if proposal.typed.get("back").is_some() {
        return form_page::page(&context, &proposal, Shown::default()).await;
    }
    let is_check = proposal.typed.get("check").is_some();
    match proposal.plan(&context).await? {
        Planned::Plan { plan, .. } if is_check => {
            let checked = Some(ImpactView::of(&context, &plan));
            form_page::page(&context, &proposal, Shown { checked, ..Shown::default() }).await
        }
        planned => asked_to_confirm(&context, &proposal, planned).await,
    }
}

/// The page that asks to confirm what was planned, or the form where there is nothing to confirm.
pub(crate) async fn asked_to_confirm(
    context: &Context,
    proposal: &Proposal,
    planned: Planned,
) -> Result<Response, Problem> {
    match planned {
        Planned::Plan { plan, .. } if plan.steps.is_empty() => {
            form_page::page(context, proposal, Shown { unchanged: true, ..Shown::default() }).await
        }
        Planned::Plan { plan, now, body } => confirm::page(context, proposal, (&plan, now.as_ref(), &body)),
        other => refused(context, proposal, other).await,
    }
}

async fn save(
    context: Context,
    Path(name): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let proposal = Proposal::of(kind(&name)?, Typed(typed));
    let plan = match proposal.plan(&context).await? {
        Planned::Plan { plan, .. } => plan,
        other => {
            demand(&context, &table::reading(proposal.kind), None).await?;
            return refused(&context, &proposal, other).await;
        }
    };
    match context.services.control_plane.execute(&plan, actor(&context)?).await {
        Ok(_) => {
            Ok(answer::see_other(&format!("/console/documents/{}/{}/history?saved=yes", proposal.kind, proposal.id)))
        }
        Err(error) => {
            let wrong = refusal::wrong(proposal.kind, error)?;
            form_page::page(&context, &proposal, Shown { wrong, ..Shown::default() }).await
        }
    }
}

/// The form again, with why it was not taken.
async fn refused(context: &Context, proposal: &Proposal, planned: Planned) -> Result<Response, Problem> {
    let shown = match planned {
        Planned::Wrong(wrong) => Shown { wrong, ..Shown::default() },
        Planned::Overtaken { now, body } => Shown { overtaken: Some((now, body)), ..Shown::default() },
        Planned::Plan { .. } => Shown::default(),
    };
    form_page::page(context, proposal, shown).await
}
