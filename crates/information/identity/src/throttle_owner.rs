//! The one task that owns the [`Throttle`] and the [`Allowance`] of one-time documents.

use sekisho_model::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::Failure;
use crate::allowance::Allowance;
use crate::throttle::{Attempt, Begun, Key, Throttle, Ticket};

/// A handle to the throttle. The task ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Throttling(mpsc::Sender<Ask>);

enum Ask {
    Begin { attempt: Attempt, now: Timestamp, answer: oneshot::Sender<Result<Begun, sekisho_model::Span>> },
    Undo(Ticket),
    Succeeded(Ticket),
    Take { holder: Key, now: Timestamp, answer: oneshot::Sender<Result<(), sekisho_model::Span>> },
}

impl Throttling {
    /// Starts the task.
    pub(crate) fn start() -> Self {
        let (asks, mut inbox) = mpsc::channel(1024);
        tokio::spawn(async move {
            let (mut throttle, mut allowance) = (Throttle::default(), Allowance::default());
            while let Some(ask) = inbox.recv().await {
                match ask {
                    Ask::Begin { attempt, now, answer } => {
                        // Whoever asked may have gone away; the attempt counts all the same.
                        let _ = answer.send(throttle.begin(&attempt, now));
                    }
                    Ask::Undo(ticket) => throttle.undo(ticket),
                    Ask::Succeeded(ticket) => throttle.succeeded(ticket),
                    Ask::Take { holder, now, answer } => {
                        let _ = answer.send(allowance.take(holder, now));
                    }
                }
            }
        });
        Self(asks)
    }

    /// Begins an attempt.
    pub(crate) async fn begin(&self, attempt: Attempt, now: Timestamp) -> Result<Begun, Failure> {
        let (answer, answered) = oneshot::channel();
        self.tell(Ask::Begin { attempt, now, answer }).await?;
        match answered.await {
            Ok(result) => result.map_err(|retry_after| Failure::TooManyAttempts { retry_after }),
            Err(_) => Err(STOPPED),
        }
    }

    /// Takes an attempt back.
    pub(crate) async fn undo(&self, ticket: Ticket) -> Result<(), Failure> {
        self.tell(Ask::Undo(ticket)).await
    }

    /// Notes that an attempt completed a sign-in.
    pub(crate) async fn succeeded(&self, ticket: Ticket) -> Result<(), Failure> {
        self.tell(Ask::Succeeded(ticket)).await
    }

    /// Takes one out of what a holder may have made of one-time documents.
    pub(crate) async fn take(&self, holder: Key, now: Timestamp) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        self.tell(Ask::Take { holder, now, answer }).await?;
        match answered.await {
            Ok(result) => result.map_err(|retry_after| Failure::TooManyAttempts { retry_after }),
            Err(_) => Err(STOPPED),
        }
    }

    async fn tell(&self, ask: Ask) -> Result<(), Failure> {
        self.0.send(ask).await.map_err(|_| STOPPED)
    }
}

const STOPPED: Failure = Failure::Unavailable("count sign-in attempts");
