//! `GET /status`: how the platform stands, for people who may read its settings.

use std::collections::BTreeMap;

use sekisho_capability::TaskStatus;
use sekisho_control_plane::acts::table;
use sekisho_model::Timestamp;
use sekisho_rest::{Access, Answer, Problem, route};
use serde::Serialize;
use tokio::sync::oneshot;
use utoipa::ToSchema;

use crate::certificates::{CertificateView, rows};
use crate::{Context, Routes};

/// Whether a process is ready, as `/readyz` says it.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Whether it answers requests.
    pub ready: bool,
    /// The conditions of that which no capability keeps, and whether each holds.
    pub checks: BTreeMap<String, bool>,
    /// The capabilities that cannot do their work, and why: the process must not answer.
    pub unready: BTreeMap<String, String>,
    /// What cannot do all of its work, and why: decisions do not depend on it.
    pub impaired: BTreeMap<String, String>,
    /// The tasks of the process.
    pub tasks: Vec<TaskStatus>,
    /// Documents of kinds that the process does not know.
    pub unknown_kinds: Vec<String>,
}

/// Asks the running process how it stands.
pub type StandingCall = oneshot::Sender<Standing>;

/// How the platform stands.
#[derive(Debug, Serialize, ToSchema)]
struct StatusView {
    /// The version of the process that answers.
    version: &'static str,
    /// Whether it answers requests.
    ready: bool,
    /// The conditions of that which no capability keeps, and whether each holds.
    checks: BTreeMap<String, bool>,
    /// The capabilities that cannot do their work, and why.
    unready: BTreeMap<String, String>,
    /// What cannot do all of its work, and why.
    impaired: BTreeMap<String, String>,
    /// Documents of kinds that the process does not know.
    unknown_kinds: Vec<String>,
    /// The revision of the World that decisions read.
    world: u64,
    /// How many entries the ledger has.
    ledger: u64,
    /// The tasks of the process.
    tasks: Vec<TaskView>,
    /// The certificates that are shown.
    certificates: Vec<CertificateView>,
}

/// How a task stands.
#[derive(Debug, Serialize, ToSchema)]
struct TaskView {
    /// Its name.
    name: &'static str,
    /// `begins`, `works`, `failed`, or `elsewhere` where another process holds its lease.
    state: &'static str,
    /// When a turn last succeeded here.
    #[schema(value_type = Option<String>, format = DateTime)]
    succeeded_at: Option<Timestamp>,
    /// When the next turn begins here.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// Why the last turn failed.
    problem: Option<String>,
}

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.add(Access::Act(table::SETTINGS_READ), route!(status))
}

/// Show how the platform stands: readiness, World, ledger, tasks, certificates.
#[utoipa::path(get, path = "/status", tag = "platform", responses((status = 200, body = StatusView)))]
async fn status(call: Context) -> Result<Answer<StatusView>, Problem> {
    let (ask, answer) = oneshot::channel();
    let ends = || Problem::conflict("the process ends or hands over: ask again");
    call.services.standing.send(ask).await.map_err(|_| ends())?;
    let standing = answer.await.map_err(|_| ends())?;
    Ok(Answer::ok(StatusView {
        version: env!("CARGO_PKG_VERSION"),
        ready: standing.ready,
        checks: standing.checks,
        unready: standing.unready,
        impaired: standing.impaired,
        unknown_kinds: standing.unknown_kinds,
        world: call.world.revision(),
        ledger: call.services.control_plane.ledger.size(),
        tasks: standing.tasks.into_iter().map(task).collect(),
        certificates: rows(&call),
    }))
}

fn task(task: TaskStatus) -> TaskView {
    let state = match (&task.failure, task.here, task.last_success) {
        (Some(_), ..) => "failed",
        (None, false, _) => "elsewhere",
        (None, true, None) => "begins",
        (None, true, Some(_)) => "works",
    };
    let problem = task.failure.map(|failure| failure.why);
    TaskView { name: task.name, state, succeeded_at: task.last_success, next_at: task.next, problem }
}
