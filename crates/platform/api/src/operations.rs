//! Operations on the running process: reload and upgrade.

use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Operation, OperationError, operate};
use sekisho_rest::{Access, Answer, Problem, route};
use serde_json::Value;

use crate::{Context, Routes};

pub(crate) fn routes(routes: Routes) -> Routes {
    let operate = Access::Act(table::PROCESS_OPERATED);
    routes.add(operate, route!(reload)).add(operate, route!(upgrade))
}

/// Read the configuration again; open connections go on.
#[utoipa::path(post, path = "/operations/reload", tag = "platform", responses((status = 200, body = Object)))]
async fn reload(call: Context) -> Result<Answer<Value>, Problem> {
    done(&call, Operation::Reload).await
}

/// Hand over to a new binary; no connection and no request is lost.
#[utoipa::path(post, path = "/operations/upgrade", tag = "platform", responses((status = 200, body = Object)))]
async fn upgrade(call: Context) -> Result<Answer<Value>, Problem> {
    done(&call, Operation::Upgrade).await
}

async fn done(call: &Context, operation: Operation) -> Result<Answer<Value>, Problem> {
    let done = operate(&call.services.operations, operation, call.actor()?).await;
    done.map(Answer::ok).map_err(|error| match error {
        OperationError::NotTaken => Problem::conflict(error),
        OperationError::Refused(_) => Problem::wrong(error),
    })
}
