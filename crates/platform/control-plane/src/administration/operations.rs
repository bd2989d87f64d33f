//! Operations on the running process: reload and upgrade. Whoever runs the process carries them out.

use axum::extract::{ConnectInfo, Path};
use axum::{Extension, Json};
use sekisho_model::Actor;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::{Caller, Problem};

/// What can be asked of the running process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// To read its configuration again.
    Reload,
    /// To hand over to a new binary.
    Upgrade,
}

/// One operation, asked for.
#[derive(Debug)]
pub struct OperationCall {
    /// Which.
    pub operation: Operation,
    /// Who asks.
    pub actor: Actor,
    /// Where the outcome goes: what was done, or why it was not.
    pub answer: oneshot::Sender<Result<Value, String>>,
}

pub(super) async fn call(
    Path(name): Path<String>,
    ConnectInfo(Caller(actor)): ConnectInfo<Caller>,
    Extension(operations): Extension<mpsc::Sender<OperationCall>>,
) -> Result<Json<Value>, Problem> {
    let operation = match name.as_str() {
        "reload" => Operation::Reload,
        "upgrade" => Operation::Upgrade,
        _ => return Err(Problem::not_found(format!("there is no operation `{name}`"))),
    };
    let none = || Problem::wrong(format!("this platform takes no `{name}`: it was not started by `sekisho up`"));
    let (answer, outcome) = oneshot::channel();
    operations.send(OperationCall { operation, actor, answer }).await.map_err(|_| none())?;
    outcome.await.map_err(|_| none())?.map(Json).map_err(Problem::wrong)
}
