//! The policies that matter to one resource: each whose scope admits it.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::facts::{EntityType, Handle};
use sekisho_policy_language::{Compiled, Effect, PolicyMeta, Side};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer};
use serde::Deserialize;

use crate::acting::may_propose;
use crate::inputs::Offer;
use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/policies/by-resource", Access::Act(table::POLICIES_READ), list)
}

#[derive(Deserialize)]
struct Asked {
    resource: Option<String>,
}

#[derive(Template)]
#[template(path = "policies-of.html")]
struct PoliciesOfPage {
    page: Page,
    resources: Vec<Offer>,
    /// The name of the chosen resource.
    name: Option<String>,
    rows: Vec<Row>,
    may_change: bool,
}

struct Row {
    id: String,
    file: String,
    line: usize,
    permits: bool,
    report_only: bool,
    who: String,
    why: Option<String>,
    text: String,
}

async fn list(context: Context, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let page = context.page();
    let chosen = asked.resource.as_deref().and_then(|id| context.world.facts().find(EntityType::Resource, id));
    let mut resources: Vec<Offer> = context
        .world
        .resources()
        .map(|(handle, resource)| Offer {
            value: resource.id.to_string(),
            label: resource.name.in_language(context.language).to_owned(),
            chosen: chosen == Some(handle),
        })
        .collect();
    resources.sort_by(|one, other| one.label.cmp(&other.label));
    let name = resources.iter().find(|offer| offer.chosen).map(|offer| offer.label.clone());
    let rows = chosen.map(|resource| rows(&context, &page, resource)).unwrap_or_default();
    let may_change = may_propose(&context, sekisho_model::documents::Kind::Policy)
        && access::may(&context, &table::POLICIES_READ, None);
    answer::html(&PoliciesOfPage { resources, name, rows, may_change, page })
}

/// The policies whose scope admits a resource, those that forbid first.
fn rows(context: &Context, page: &Page, resource: Handle) -> Vec<Row> {
    let Some(entity) = context.world.facts().get(resource) else { return Vec::new() };
    let policies = context.world.policies();
    let all = policies.metas().iter().zip(policies.compiled());
    let admits = |compiled: &Compiled| compiled.scope.resource.admits(resource, entity.ancestors());
    let mut rows: Vec<Row> = all
        .filter(|(_, compiled)| admits(compiled))
        .map(|(meta, compiled)| row(context, page, meta, compiled))
        .collect();
    rows.sort_by_key(|row| row.permits);
    rows
}

fn row(context: &Context, page: &Page, meta: &PolicyMeta, compiled: &Compiled) -> Row {
    Row {
        id: meta.id.to_string(),
        file: meta.file.clone(),
        line: meta.line,
        permits: meta.effect == Effect::Permit,
        report_only: meta.report_only,
        who: match compiled.scope.principal {
            Side::Any | Side::Is(_) => page.say("everybody"),
            Side::Equal(one) => name(context, one),
            Side::In(group) | Side::IsIn(_, group) => name(context, group),
        },
        why: meta.reason.as_ref().map(|reason| reason.in_language(context.language).to_owned()),
        text: meta.text.trim().to_owned(),
    }
}

fn name(context: &Context, handle: Handle) -> String {
    let (name, id) = (context.world.display_name(handle), context.world.id(handle));
    if name.is_empty() { id.to_string() } else { name.to_string() }
}
