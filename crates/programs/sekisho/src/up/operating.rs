//! The running platform: waits for what its operators ask, by signal or over the administration socket, and does it.

use std::path::Path;

use sekisho_control_plane::{Operation, OperationCall};
use sekisho_model::{Act, Actor, Record};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::observe::Observing;
use super::resolver::Resolving;
use super::signals::{Heard, Signals};
use super::upgrade::{Sockets, Successor, give};
use super::{Platform, reload};

/// Where the outcome of an operation goes.
type Answer = oneshot::Sender<Result<Value, String>>;

/// A hand-over that is under way.
struct PendingUpgrade {
    giving: JoinHandle<Result<Successor, String>>,
    answer: Answer,
}

/// Operates the platform until it is told to stop, or a new process has taken over and nothing is open any more.
pub(super) async fn operate(mut platform: Platform, file: &Path, mut signals: Signals) {
    let mut pending: Option<PendingUpgrade> = None;
    loop {
        let call = tokio::select! {
            heard = signals.any() => match heard {
                Heard::Stop => break,
                Heard::Reload => signalled(Operation::Reload),
                Heard::Upgrade => signalled(Operation::Upgrade),
            },
            Some(call) = platform.operations.recv() => call,
            given = given(&mut pending) => {
                match given {
                    Ok(successor) => return drain(platform, successor, signals).await,
                    Err(why) => tracing::error!(why, "the new process did not become ready; this one goes on"),
                }
                continue;
            }
        };
        let OperationCall { operation, actor, answer } = call;
        match operation {
            _ if pending.is_some() => refuse(answer, "an upgrade is under way: wait for its outcome"),
            Operation::Reload => {
                let outcome = reload::reload(&mut platform, file, actor).await;
                match &outcome {
                    Ok(changes) => tracing::info!(%changes, "the configuration was read again"),
                    Err(why) => tracing::error!(why, "the configuration was not taken up; the old one stays"),
                }
                // Who asked may have gone.
                let _ = answer.send(outcome);
            }
            Operation::Upgrade => match begin(&platform, actor).await {
                Ok(giving) => pending = Some(PendingUpgrade { giving, answer }),
                Err(why) => refuse(answer, &why),
            },
        }
    }
    tracing::info!("stopping");
    crate::supervisor::stopping();
    platform.stop().await;
}

fn signalled(operation: Operation) -> OperationCall {
    // The outcome of what a signal asks for is in the log.
    let (answer, _) = oneshot::channel();
    OperationCall { operation, actor: Actor::System, answer }
}

fn refuse(answer: Answer, why: &str) {
    tracing::warn!(why, "an operation was refused");
    // Who asked may have gone.
    let _ = answer.send(Err(why.to_owned()));
}

/// Records the act, and begins to hand over.
async fn begin(platform: &Platform, actor: Actor) -> Result<JoinHandle<Result<Successor, String>>, String> {
    record(platform, actor, "upgrade-begun", Value::Null).await?;
    let sockets = sockets(platform).map_err(|error| error.to_string())?;
    let (configuration, ledger) = (platform.configuration.clone(), platform.control_plane.ledger.clone());
    let runtime = Handle::current();
    Ok(tokio::task::spawn_blocking(move || give(&configuration, sockets, &ledger, &runtime)))
}

/// Duplicates of every socket.
fn sockets(platform: &Platform) -> std::io::Result<Sockets> {
    let operation = match &platform.observing {
        Some(observing) => Some((observing.wanted, observing.socket.try_clone()?)),
        None => None,
    };
    Ok(Sockets { gateway: platform.gateway.sockets()?, operation })
}

/// The outcome of a hand-over; never, when none is under way. May be cancelled.
async fn given(pending: &mut Option<PendingUpgrade>) -> Result<Successor, String> {
    let Some(under_way) = pending else { return std::future::pending().await };
    let outcome = (&mut under_way.giving).await.unwrap_or_else(|error| Err(error.to_string()));
    if let Some(PendingUpgrade { answer, .. }) = pending.take() {
        // Who asked may have gone.
        let _ = answer.send(match &outcome {
            Ok(successor) => Ok(json!({ "pid": successor.pid })),
            Err(why) => Err(format!("the new process did not become ready, and the old one goes on: {why}")),
        });
    }
    outcome
}

/// Serves what is open, and ends with it.
async fn drain(mut platform: Platform, mut successor: Successor, mut signals: Signals) {
    tracing::info!(pid = successor.pid, "a new process has taken over; what is open here is served to its end");
    platform.gateway.drain();
    platform.state.certificates.stop_ordering();
    platform.state.overview.close();
    platform.observing.iter().for_each(Observing::stop);
    platform.resolving.iter().for_each(Resolving::stop);
    tokio::select! {
        () = platform.gateway.ended() => {}
        () = signals.stop() => {}
        // Whoever starts it again needs what this process still holds.
        () = successor.gone() => tracing::error!("the new process has ended; this one ends too"),
    }
    platform.stop().await;
}

/// Records an administrative act on the process itself.
///
/// # Errors
/// When it cannot be recorded: it must not be done then.
pub(super) async fn record(platform: &Platform, actor: Actor, act: &str, detail: Value) -> Result<(), String> {
    let act = Act {
        at: platform.control_plane.clock.now(),
        actor,
        act: act.to_owned(),
        target: "platform/process".to_owned(),
        detail,
    };
    let recorded = platform.control_plane.ledger.append(Record::Act(act)).await;
    recorded.map(drop).map_err(|error| format!("it cannot be recorded, and is not done: {error}"))
}
