//! A change whose writes are built from what is read: after a conflict they are built again, on what is there then.

use sekisho_model::Timestamp;
use sekisho_store::Write;
use serde_json::Value;

use crate::commit::check_maintained;
use crate::{Change, ChangeError};

/// How often the writes are built. In each round one writer succeeds, so this is how many may change the same documents at once.
const MOST: usize = 16;

/// The attempts to commit one change. Build the writes and [`settle`](Attempts::settle), until that returns the outcome:
///
/// ```ignore
/// loop {
///     if let Some(outcome) = attempts.settle(build().await).await {
///         return outcome;
///     }
/// }
/// ```
///
/// The acts are recorded once, when the writes are first built; nothing is recorded when that fails.
#[derive(Debug)]
#[must_use = "a change does nothing until it is settled"]
pub struct Attempts {
    change: Change,
    order: Order,
    now: Timestamp,
    made: usize,
    is_recorded: bool,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    RecordFirst,
    WriteFirst,
}

/// What one attempt is made of.
#[derive(Debug)]
pub struct Built<T> {
    /// What the caller gets when it is done.
    pub answer: T,
    /// What the record says besides, of the act that was named last; null leaves what [`Change::detail`] set.
    pub detail: Value,
    /// What is written.
    pub writes: Vec<Write>,
}

impl<T> Built<T> {
    /// An attempt with the detail that was set before.
    #[must_use]
    pub const fn new(answer: T, writes: Vec<Write>) -> Self {
        Self { answer, detail: Value::Null, writes }
    }
}

impl Attempts {
    pub(crate) const fn new(change: Change, order: Order, now: Timestamp) -> Self {
        Self { change, order, now, made: 0, is_recorded: false }
    }

    /// Makes one attempt. Returns the outcome, or nothing when another attempt is to be made after a conflict.
    ///
    /// A conflict on a one-time document is final, because what is consumed once does not come back. Where there is nothing to write,
    /// nothing is recorded either.
    ///
    /// The outcome is what was built when the documents are written; otherwise the error of `built` or a [`ChangeError`]. When the acts
    /// were recorded and not done, the ledger says so before this returns.
    pub async fn settle<T, E: From<ChangeError>>(&mut self, built: Result<Built<T>, E>) -> Option<Result<T, E>> {
        let Built { answer, detail, mut writes } = match built {
            Ok(built) => built,
            Err(error) => return Some(Err(self.give_up(error, false).await)),
        };
        writes.extend_from_slice(self.change.writes());
        if writes.is_empty() {
            return Some(Ok(answer));
        }
        self.made += 1;
        match self.attempt(detail, writes).await {
            Ok(()) => Some(Ok(answer)),
            Err(error) if error.may_repeat() && self.made < MOST => None,
            Err(error) => {
                let is_uncertain = error.is_uncertain();
                Some(Err(self.give_up(error.into(), is_uncertain).await))
            }
        }
    }

    async fn attempt(&mut self, detail: Value, writes: Vec<Write>) -> Result<(), ChangeError> {
        match self.order {
            Order::RecordFirst => {
                self.record(detail).await?;
                self.change.write_all(writes, self.now).await?;
            }
            Order::WriteFirst => {
                check_maintained(&writes)?;
                self.change.write_first(writes, self.now).await?;
                self.record(detail).await?;
            }
        }
        Ok(())
    }

    async fn record(&mut self, detail: Value) -> Result<(), ChangeError> {
        if self.is_recorded {
            return Ok(());
        }
        if !detail.is_null() {
            self.change.set_detail(detail);
        }
        self.change.record(self.now).await?;
        self.is_recorded = true;
        Ok(())
    }

    async fn give_up<E>(&self, error: E, is_uncertain: bool) -> E {
        if self.is_recorded {
            self.change.retract(is_uncertain, self.now).await;
        }
        error
    }
}
