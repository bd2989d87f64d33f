//! The policies that matter to one resource: each whose scope admits it.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_model::documents::Resource;
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

/// Above this number of resources, one is chosen by its identifier: a list to choose from would be most of the page.
const OFFERED: usize = 200;

#[derive(Deserialize)]
struct Asked {
    resource: Option<String>,
}

#[derive(Template)]
#[template(path = "policies-of.html")]
struct PoliciesOfPage {
    page: Page,
    /// What is offered; nothing where there are too many.
    resources: Vec<Offer>,
    /// The identifier that was asked for.
    typed: String,
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
    let resource = chosen.and_then(|handle| context.world.resource(handle));
    let name = resource.map(|resource| resource.name.in_language(context.language).to_owned());
    let resources = if context.world.resources().count() > OFFERED { Vec::new() } else { offers(&context, chosen) };
    let typed = asked.resource.unwrap_or_default();
    let rows = chosen.map(|resource| rows(&context, &page, resource)).unwrap_or_default();
    let may_change = may_propose(&context, sekisho_model::documents::Kind::Policy)
        && access::may(&context, &table::POLICIES_READ, None);
    answer::html(&PoliciesOfPage { resources, typed, name, rows, may_change, page })
}

fn offers(context: &Context, chosen: Option<Handle>) -> Vec<Offer> {
    let offer = |handle: Handle, resource: &Resource| Offer {
        value: resource.id.to_string(),
        label: resource.name.in_language(context.language).to_owned(),
        chosen: chosen == Some(handle),
    };
    let mut offers: Vec<Offer> = context.world.resources().map(|(handle, resource)| offer(handle, resource)).collect();
    offers.sort_by(|one, other| one.label.cmp(&other.label));
    offers
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
