//! Operations on the running process: reload and upgrade. The program that runs the process carries them out.

use sekisho_model::Actor;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

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

/// Why an operation was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// Nobody carries operations out here.
    #[error("this platform takes no operations: it was not started by `sekisho up`")]
    NotTaken,
    /// It came to nothing.
    #[error("{0}")]
    Refused(String),
}

/// Asks for an operation and waits for its outcome.
///
/// # Errors
/// [`OperationError`].
pub async fn operate(
    operations: &mpsc::Sender<OperationCall>,
    operation: Operation,
    actor: Actor,
) -> Result<Value, OperationError> {
    let (answer, outcome) = oneshot::channel();
    let call = OperationCall { operation, actor, answer };
    operations.send(call).await.map_err(|_| OperationError::NotTaken)?;
    outcome.await.map_err(|_| OperationError::NotTaken)?.map_err(OperationError::Refused)
}
