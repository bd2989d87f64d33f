//! The periodic work of this process, and how it stands: what `/readyz` says, for people.

use askama::Template;
use axum::response::Response;
use sekisho_capability::TaskStatus;
use sekisho_control_plane::acts::table;
use sekisho_model::{Language, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/tasks", Access::Act(table::SETTINGS_READ), list)
}

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    page: Page,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    text: &'static str,
    class: &'static str,
    state: &'static str,
    why: Option<String>,
    last_success: Option<Timestamp>,
    next: Option<Timestamp>,
}

async fn list(context: Context) -> Result<Response, Problem> {
    let tasks = context.services.tasks.borrow().clone();
    let rows = tasks.into_iter().map(|task| row(task, context.language)).collect();
    answer::html(&TasksPage { page: context.page_with_times(), rows })
}

/// How a task looks, and the key of how it stands.
pub(crate) const fn state(task: &TaskStatus) -> (&'static str, &'static str) {
    match (&task.failure, task.here, task.last_success) {
        (Some(_), ..) => ("stop", "task-failed"),
        (None, false, _) => ("ask", "task-elsewhere"),
        (None, true, None) => ("ask", "task-begins"),
        (None, true, Some(_)) => ("pass", "task-works"),
    }
}

fn row(task: TaskStatus, language: Language) -> Row {
    let (class, state) = state(&task);
    let (english, japanese) = task.text;
    Row {
        name: task.name,
        text: match language {
            Language::English => english,
            Language::Japanese => japanese,
        },
        class,
        state,
        why: task.failure.map(|failure| failure.why),
        last_success: task.last_success,
        next: task.next,
    }
}
