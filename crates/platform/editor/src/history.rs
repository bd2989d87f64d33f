//! Every past revision of a document with who wrote it, what it changed, and the way back to it.

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::display_name;
use sekisho_model::Timestamp;
use sekisho_model::documents::Kind;
use sekisho_store::Past;
use sekisho_web::page::Page;
use sekisho_web::{Problem, access, answer};
use serde::Deserialize;
use serde_json::Value;

use crate::acting::{PROPOSE, READ, current, demand, kind, may_propose};
use crate::difference::{self, Difference};
use crate::fields::{self, Shape};
use crate::form::Typed;
use crate::form_page::{self, Shown};
use crate::proposal::{Planned, Proposal};
use crate::{Context, Routes, confirm};

/// How many revisions a page shows.
const ROWS: usize = 20;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/documents/{kind}/{id}/history", READ, history).post(
        "/console/documents/{kind}/restore",
        PROPOSE,
        restore,
    )
}

#[derive(Deserialize)]
struct Asked {
    /// Only revisions older than this one.
    before: Option<u64>,
    saved: Option<String>,
    removed: Option<String>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    page: Page,
    kind: Kind,
    kind_name: String,
    id: String,
    name: String,
    /// The present revision; `None` when the document is removed.
    revision: Option<u64>,
    rows: Vec<Row>,
    /// Where older revisions are.
    older: Option<u64>,
    /// What was just done: the key of its text.
    done: Option<&'static str>,
    undo: Undo,
    may_plan: bool,
    may_remove: bool,
}

/// How what was just done is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undo {
    Nothing,
    /// The revision before is restored.
    Restore(u64),
    /// The document was new, and is removed.
    Remove,
}

struct Row {
    revision: u64,
    at: Timestamp,
    actor: String,
    /// The person behind it.
    user: Option<String>,
    /// The key of what happened.
    what: &'static str,
    differences: Vec<Difference>,
    is_present: bool,
    /// Whether there is a body to go back to.
    can_restore: bool,
}

async fn history(
    context: Context,
    Path((name, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let kind = kind(&name)?;
    let now = current(&context, kind, &id).await?;
    if id.chars().any(char::is_control) {
        return Err(Problem::NotFound);
    }
    let past = context.services.control_plane.store.history(kind, &id).await?;
    let last = past.iter().find_map(|past| past.body.as_ref()).ok_or(Problem::NotFound)?;
    let revision = now.as_ref().map(|now| now.revision);
    let page = context.page_with_times();
    let old: Vec<&Past> = past.iter().filter(|past| asked.before.is_none_or(|before| past.revision < before)).collect();
    let rows = old.iter().enumerate().take(ROWS);
    let rows = rows.map(|(number, one)| row(&page, kind, one, old.get(number + 1).copied(), revision)).collect();
    let done = match (&asked.saved, &asked.removed) {
        (Some(_), _) if revision.is_some() => Some("done-saved"),
        (_, Some(_)) if revision.is_none() => Some("done-document-removed"),
        _ => None,
    };
    let may_plan = may_propose(&context, kind);
    answer::html(&HistoryPage {
        kind,
        kind_name: page.say(fields::name_of(kind)),
        name: display_name(last).unwrap_or_else(|| id.clone()),
        id,
        revision,
        rows,
        older: old.get(ROWS).and_then(|_| old.get(ROWS - 1)).map(|last| last.revision),
        undo: if done.is_some() && may_plan { undo(&past) } else { Undo::Nothing },
        done,
        may_plan,
        may_remove: kind != Kind::Settings && access::may(&context, &table::removing(kind), None),
        page,
    })
}

fn row(page: &Page, kind: Kind, one: &Past, before: Option<&Past>, present: Option<u64>) -> Row {
    let old = before.and_then(|before| before.body.as_ref());
    let what = match (old, &one.body) {
        (_, None) => "happened-removed",
        (None, Some(_)) => "happened-made",
        (Some(_), Some(_)) => "happened-changed",
    };
    // The whole of a document that was made or removed says little.
    let differences = match what {
        "happened-changed" => difference::between(page, kind, old, one.body.as_ref()),
        _ => Vec::new(),
    };
    Row {
        revision: one.revision,
        at: one.at,
        user: one.actor.strip_prefix("user:").map(ToOwned::to_owned),
        actor: one.actor.clone(),
        what,
        differences,
        is_present: present == Some(one.revision),
        can_restore: one.body.is_some() && present != Some(one.revision),
    }
}

fn undo(past: &[Past]) -> Undo {
    match (past.first(), past.get(1)) {
        (Some(_), Some(before)) if before.body.is_some() => Undo::Restore(before.revision),
        (Some(now), _) if now.body.is_some() => Undo::Remove,
        _ => Undo::Nothing,
    }
}

/// Plans to write the body of a past revision again, as a new one.
async fn restore(
    context: Context,
    Path(name): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (kind, typed) = (kind(&name)?, Typed(typed));
    demand(&context, &table::reading(kind), None).await?;
    let id = typed.trimmed("id");
    let now = current(&context, kind, &id).await?;
    let revision: u64 = typed.trimmed("to").parse().map_err(|_| Problem::Malformed)?;
    if id.chars().any(char::is_control) {
        return Err(Problem::NotFound);
    }
    let past = context.services.control_plane.store.history(kind, &id).await?;
    let body = past.into_iter().find(|past| past.revision == revision).and_then(|past| past.body);
    let body = without_credentials(kind, body.ok_or(Problem::NotFound)?);
    let typed = Typed(vec![("body".to_owned(), body.to_string()), ("id".to_owned(), id.clone())]);
    let proposal = Proposal { kind, id, revision: now.map(|now| now.revision), typed };
    let shown = match proposal.plan(&context).await? {
        Planned::Plan { plan, now, body } if !plan.steps.is_empty() => {
            return confirm::page(&context, &proposal, (&plan, now.as_ref(), &body));
        }
        Planned::Plan { .. } => Shown { unchanged: true, ..Shown::default() },
        Planned::Wrong(wrong) => Shown { wrong, ..Shown::default() },
        Planned::Overtaken { now, body } => Shown { overtaken: Some((now, body)), ..Shown::default() },
    };
    form_page::page(&context, &proposal, shown).await
}

/// A past body without what the platform wrote into it. A key or token that was replaced since must not come back: the plan keeps the
/// present ones.
fn without_credentials(kind: Kind, mut body: Value) -> Value {
    let kept = fields::fields(kind).unwrap_or_default().iter().filter(|field| matches!(field.shape, Shape::Kept));
    if let Some(members) = body.as_object_mut() {
        for field in kept {
            members.remove(field.name);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_past_revision_brings_no_credential_back() {
        let device = json!({ "id": "x", "name": "X", "platform": "linux", "key_sha256": "11", "public_key": "AA", "enrolled_at": 1 });
        assert_eq!(without_credentials(Kind::Device, device), json!({ "id": "x", "name": "X", "platform": "linux" }));
        let point = json!({ "id": "x", "speaks": "nginx", "tokens": ["aa"], "keys": ["bb"] });
        assert_eq!(without_credentials(Kind::EnforcementPoint, point), json!({ "id": "x", "speaks": "nginx" }));
    }

    #[test]
    fn what_was_made_is_undone_by_removing_it_and_what_was_removed_by_restoring_it() {
        let past = |revision, body: Option<Value>| Past {
            revision,
            body,
            at: Timestamp::from_millis(0),
            actor: String::new(),
        };
        let one = || Some(json!({}));
        assert_eq!(undo(&[past(1, one())]), Undo::Remove);
        assert_eq!(undo(&[past(2, one()), past(1, one())]), Undo::Restore(1));
        assert_eq!(undo(&[past(2, None), past(1, one())]), Undo::Restore(1));
        assert_eq!(undo(&[past(3, one()), past(2, None)]), Undo::Remove);
        assert_eq!(undo(&[]), Undo::Nothing);
    }
}
