//! The routes of the REST API: the items with how they stand, one of them, and the whole as OSCAL.

use std::sync::Arc;

use axum::extract::{Path, Query};
use http::StatusCode;
use sekisho_model::Language;
use sekisho_rest::{Access, Answer, Api, Call, Page, Problem, Routes, route};
use sekisho_web::Texts;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::assessment::{Assessment, State};
use crate::capability::GOVERNANCE_READ;
use crate::catalogue::Framework;
use crate::governance::Governance;
use crate::view::ItemView;
use crate::{oscal, pages};

type Context = Call<Governance>;

/// The routes, for those who may look at the record.
#[must_use]
pub const fn api<S: AsRef<Governance>>() -> Api<S> {
    Api {
        name: "governance",
        routes: |state| {
            Routes::new()
                .add(Access::Act(GOVERNANCE_READ), route!(list))
                .add(Access::Act(GOVERNANCE_READ), route!(document))
                .add(Access::Act(GOVERNANCE_READ), route!(show))
                .with(state.as_ref().clone())
        },
    }
}

/// Which items are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only of this framework: `dod`, `nist`, `ds-210`.
    #[param(max_length = 16)]
    framework: Option<String>,
    /// Only in this state: `met`, `partial`, `not-met`, `not-automatable`.
    #[param(max_length = 16)]
    state: Option<String>,
}

/// List the items of the frameworks with how they stand.
#[utoipa::path(get, path = "/governance", tag = "governance", params(Wanted), responses((status = 200, body = Page<ItemView>)))]
async fn list(call: Context, Query(wanted): Query<Wanted>) -> Result<Answer<Page<ItemView>>, Problem> {
    let known = wanted.framework.as_deref().is_none_or(|name| Framework::from_name(name).is_some())
        && wanted.state.as_deref().is_none_or(|name| State::ALL.iter().any(|state| state.name() == name));
    if !known {
        return Err(Problem::wrong(
            "`framework` is one of dod, nist, ds-210; `state` one of met, partial, not-met, not-automatable",
        ));
    }
    let newest = newest(&call)?;
    let is_wanted = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
    let items = newest.items.iter().filter(|one| {
        is_wanted(&wanted.framework, one.item.framework.name()) && is_wanted(&wanted.state, one.state.name())
    });
    Ok(Answer::ok(Page { items: items.map(|one| ItemView::of(&newest, one)).collect(), next: None }))
}

/// Show one item with its evidence.
#[utoipa::path(get, path = "/governance/items/{id}", tag = "governance", params(("id" = String, Path, max_length = 64)),
    responses((status = 200, body = ItemView)))]
async fn show(call: Context, Path(id): Path<String>) -> Result<Answer<ItemView>, Problem> {
    let newest = newest(&call)?;
    let found = newest
        .items
        .iter()
        .find(|one| one.item.id() == id)
        .ok_or_else(|| Problem::not_found("no item has this identifier; `GET /governance` lists them"))?;
    Ok(Answer::ok(ItemView::of(&newest, found)))
}

/// Show the whole assessment as a document of OSCAL, model "assessment results".
#[utoipa::path(get, path = "/governance/oscal", tag = "governance", responses((status = 200, body = Object)))]
async fn document(call: Context) -> Result<Answer<Value>, Problem> {
    let newest = newest(&call)?;
    let texts = Texts::of(pages::TEXTS.iter().copied());
    Ok(Answer::ok(oscal::document(&newest, |key| texts.say(Language::English, key))))
}

fn newest(call: &Context) -> Result<Arc<Assessment>, Problem> {
    let unready = || {
        let title = "nothing is measured yet; ask again in a few seconds";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-measured", title)
    };
    call.services.newest().ok_or_else(unready)
}
