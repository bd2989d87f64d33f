//! Several at once: accounts enabled, disabled or removed, sessions ended. Each is one act, and each is decided.

use askama::Template;
use axum::extract::{Form, Query};
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{ApplyError, Desired, Plan};
use sekisho_model::documents::{Kind, Session};
use sekisho_model::{SessionId, UserId};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, access, answer, documents};
use serde::Deserialize;
use serde_json::json;

use crate::acting::{actor, current, demand};
use crate::form::Typed;
use crate::impact::ImpactView;
use crate::{Context, Routes, refusal};

/// How many rows a page has, and how many may be chosen at once.
const ROWS: u32 = 100;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/console/bulk/users", Access::Act(table::USERS_READ), users)
        .post("/console/bulk/users", Access::Act(table::USER_DISABLED), change_users)
        .get("/console/bulk/sessions", Access::Act(table::SESSIONS_READ), sessions)
        .post("/console/bulk/sessions", Access::Act(table::SESSION_ENDED), end_sessions)
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

/// Something to choose.
struct Row {
    id: String,
    name: String,
    about: String,
    is_active: bool,
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    page: Page,
    title: &'static str,
    lead: &'static str,
    path: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
    /// The acts to choose from: their values and the keys of their texts.
    acts: Vec<(&'static str, &'static str)>,
    shows_state: bool,
}

#[derive(Template)]
#[template(path = "bulk-confirm.html")]
struct ConfirmPage {
    page: Page,
    path: &'static str,
    act: String,
    question: &'static str,
    chosen: Vec<(String, String)>,
    problems: Vec<String>,
    impact: Option<ImpactView>,
}

#[derive(Template)]
#[template(path = "bulk-done.html")]
struct DonePage {
    page: Page,
    path: &'static str,
    done: usize,
    failed: Vec<(String, String)>,
}

async fn users(context: Context, Query(after): Query<After>) -> Result<Response, Problem> {
    let store = &context.services.control_plane.store;
    let after = after.after.filter(|after| !after.chars().any(char::is_control));
    let found = store.list(Kind::User, after.as_deref(), ROWS).await?;
    let next = next(&found);
    let text = |body: &serde_json::Value, field: &str| {
        body.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let row = |document: sekisho_store::Document| Row {
        name: text(&document.body, "name"),
        about: text(&document.body, "department"),
        is_active: text(&document.body, "status") != "disabled",
        id: document.id,
    };
    let mut acts = Vec::new();
    if access::may(&context, &table::USER_DISABLED, None) {
        acts.extend([("disable", "bulk-disable"), ("enable", "bulk-enable")]);
    }
    if access::may(&context, &table::removing(Kind::User), None) {
        acts.push(("remove", "bulk-remove"));
    }
    answer::html(&BulkPage {
        title: "bulk-users",
        lead: "bulk-users-lead",
        path: "/console/bulk/users",
        rows: found.into_iter().map(row).collect(),
        next,
        acts,
        shows_state: true,
        page: context.page(),
    })
}

fn next(found: &[sekisho_store::Document]) -> Option<String> {
    let is_full = u32::try_from(found.len()).is_ok_and(|length| length == ROWS);
    found.last().filter(|_| is_full).map(|last| last.id.clone())
}

async fn sessions(context: Context, Query(after): Query<After>) -> Result<Response, Problem> {
    let (found, next): (Vec<Session>, _) = documents::list(&context, Kind::Session, after.after, ROWS).await?;
    let own = context.person()?.session.id;
    let live = found.into_iter().filter(|session| context.now < session.expires_at && session.id != own);
    let may = live.filter(|session| access::may(&context, &table::SESSION_ENDED, Some(&session.user)));
    let row = |session: Session| Row {
        id: session.id.to_string(),
        name: session.user.to_string(),
        about: format!("{} · {}", session.address, session.id.short()),
        is_active: true,
    };
    let rows: Vec<Row> = may.map(row).collect();
    answer::html(&BulkPage {
        title: "bulk-sessions",
        lead: "bulk-sessions-lead",
        path: "/console/bulk/sessions",
        acts: if rows.is_empty() { Vec::new() } else { vec![("end", "bulk-end")] },
        rows,
        next,
        shows_state: false,
        page: context.page(),
    })
}

/// What was chosen: each once, and no more than a page has.
fn chosen(typed: &Typed) -> Result<Vec<String>, Problem> {
    let mut ids = typed.lines("id");
    ids.sort();
    ids.dedup();
    match ids.len() <= ROWS as usize {
        true => Ok(ids),
        false => Err(Problem::TooLarge),
    }
}

async fn change_users(context: Context, Form(typed): Form<Vec<(String, String)>>) -> Result<Response, Problem> {
    let typed = Typed(typed);
    let act = typed.trimmed("act");
    let question = match act.as_str() {
        "disable" => "bulk-disable-question",
        "enable" => "bulk-enable-question",
        "remove" => "bulk-remove-question",
        _ => return Err(Problem::Malformed),
    };
    let ids = chosen(&typed)?;
    let ids: Vec<UserId> = ids.iter().map(|id| id.parse().map_err(|_| Problem::Malformed)).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(answer::see_other("/console/bulk/users"));
    }
    if act == "remove" {
        demand(&context, &table::removing(Kind::User), None).await?;
    }
    let planned = planned(&context, &act, &ids).await;
    let mut problems = Vec::new();
    let mut impact = None;
    match planned {
        Ok(plan) if typed.get("confirmed").is_some() && act == "remove" => {
            match context.services.control_plane.execute(&plan, actor(&context)?).await {
                Ok(_) => return done(&context, "/console/bulk/users", plan.steps.len(), Vec::new()),
                Err(error) => problems = refusal::wrong(Kind::User, error)?,
            }
        }
        Ok(_) if typed.get("confirmed").is_some() => return each(&context, &act, &ids).await,
        Ok(plan) => impact = Some(ImpactView::of(&context, &plan)),
        Err(error) => problems = refusal::wrong(Kind::User, error)?,
    }
    let name = |id: &UserId| (id.to_string(), name(&context, id.as_str()));
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = ConfirmPage {
        path: "/console/bulk/users",
        act,
        question,
        chosen: ids.iter().map(name).collect(),
        problems: problems.iter().map(|one| refusal::said(&context, &one.why)).collect(),
        impact,
        page: context.page(),
    };
    answer::html_at(status, &shown)
}

/// What the change would do to people. The acts themselves rest on no plan.
async fn planned(context: &Context, act: &str, ids: &[UserId]) -> Result<Plan, ApplyError> {
    let control_plane = &context.services.control_plane;
    if act == "remove" {
        let documents: Vec<(Kind, &str)> = ids.iter().map(|id| (Kind::User, id.as_str())).collect();
        return control_plane.plan_removals(&documents).await;
    }
    let status = if act == "disable" { "disabled" } else { "active" };
    let mut desired = Vec::new();
    for id in ids {
        let document = current(context, Kind::User, id.as_str()).await;
        let document = document.map_err(|_| ApplyError::Failed("the store failed".to_owned()))?;
        let Some(mut body) = document.map(|document| document.body) else { continue };
        if let Some(fields) = body.as_object_mut() {
            fields.insert("status".to_owned(), json!(status));
        }
        desired.push(Desired { kind: Kind::User, id: id.to_string(), body, origin: id.to_string() });
    }
    control_plane.plan(&desired, false).await
}

/// Enables or disables each account by the act of one account: what is refused for one stops no other.
async fn each(context: &Context, act: &str, ids: &[UserId]) -> Result<Response, Problem> {
    let spec = if act == "disable" { table::USER_DISABLED } else { table::USER_ENABLED };
    let (acts, actor) = (context.services.control_plane.acts(), actor(context)?);
    let (mut count, mut failed) = (0, Vec::new());
    for id in ids {
        // An act on somebody with a role demands more.
        let permitted = demand(context, &spec, Some(id)).await;
        let outcome = match permitted {
            Err(_) => Err(context.say("problem-not-permitted")),
            Ok(()) => {
                let acting = acts.by(actor.clone(), context.now);
                let outcome =
                    if act == "disable" { acting.disable_user(id).await } else { acting.enable_user(id).await };
                outcome.map_err(|refusal| refusal.to_string())
            }
        };
        match outcome {
            Ok(()) => count += 1,
            Err(why) => failed.push((name(context, id.as_str()), why)),
        }
    }
    done(context, "/console/bulk/users", count, failed)
}

async fn end_sessions(context: Context, Form(typed): Form<Vec<(String, String)>>) -> Result<Response, Problem> {
    let typed = Typed(typed);
    let ids = chosen(&typed)?;
    let ids: Vec<SessionId> = ids.iter().filter_map(|id| SessionId::from_hex(id)).collect();
    if ids.is_empty() {
        return Ok(answer::see_other("/console/bulk/sessions"));
    }
    let user_of =
        |id: &SessionId| context.world.session(id).map(|session| context.world.id(session.subject).to_string());
    if typed.get("confirmed").is_none() {
        let chosen = ids.iter().filter_map(|id| {
            user_of(id).map(|user| (id.to_string(), format!("{} · {}", name(&context, &user), id.short())))
        });
        let shown = ConfirmPage {
            path: "/console/bulk/sessions",
            question: "bulk-end-question",
            act: "end".to_owned(),
            chosen: chosen.collect(),
            problems: Vec::new(),
            impact: None,
            page: context.page(),
        };
        return answer::html(&shown);
    }
    let (acts, actor) = (context.services.control_plane.acts(), actor(&context)?);
    let (mut count, mut failed) = (0, Vec::new());
    for id in &ids {
        let user: Option<UserId> = user_of(id).and_then(|user| user.parse().ok());
        let outcome = match &user {
            // Whose session it is decides who may end it.
            None => Err(context.say("bulk-no-session")),
            Some(user) => match demand(&context, &table::SESSION_ENDED, Some(user)).await {
                Err(_) => Err(context.say("problem-not-permitted")),
                Ok(()) => {
                    acts.by(actor.clone(), context.now).end_session(id).await.map_err(|refusal| refusal.to_string())
                }
            },
        };
        match outcome {
            Ok(()) => count += 1,
            Err(why) => failed.push((id.short(), why)),
        }
    }
    done(&context, "/console/bulk/sessions", count, failed)
}

fn done(
    context: &Context,
    path: &'static str,
    done: usize,
    failed: Vec<(String, String)>,
) -> Result<Response, Problem> {
    answer::html(&DonePage { page: context.page(), path, done, failed })
}

fn name(context: &Context, user: &str) -> String {
    context.world.user(user).map_or_else(|| user.to_owned(), |handle| context.world.display_name(handle).to_string())
}
