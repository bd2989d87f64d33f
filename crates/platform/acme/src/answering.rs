//! The one task that shows answers: it looks for the question that an order of ours, or of another process on the store, has
//! open, and shows its answer until the order ends.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::challenge::Question;
use crate::failure::OrderFailure;
use crate::lease;
use crate::task::{Answers, Wanted};
use crate::vault::Vault;

/// How often the store is looked at.
pub(crate) const LOOK: Duration = Duration::from_secs(1);
/// How long an answer may take to be shown.
const PATIENCE: Duration = Duration::from_secs(10);

/// A handle on the task. Cheap to clone; the task ends with the last one.
#[derive(Clone)]
pub(crate) struct Answering {
    poke: mpsc::Sender<()>,
    shown: watch::Receiver<Option<Question>>,
}

impl Answering {
    pub(crate) fn start(vault: Vault, answers: Answers, wanted: watch::Receiver<Wanted>) -> Self {
        let (poke, poked) = mpsc::channel(1);
        let (show, shown) = watch::channel(None);
        tokio::spawn(keep(vault, answers, wanted, poked, show));
        Self { poke, shown }
    }

    /// Looks at once, and returns when exactly this is shown.
    pub(crate) async fn shows(&self, question: Option<&Question>) -> Result<(), OrderFailure> {
        // A full channel is a look that comes.
        let _ = self.poke.try_send(());
        let mut shown = self.shown.clone();
        let seen = timeout(PATIENCE, shown.wait_for(|shown| shown.as_ref() == question)).await;
        match seen {
            Ok(Ok(_)) => Ok(()),
            _ => Err(OrderFailure::Own("the answer to the authority's question is not shown".to_owned())),
        }
    }
}

async fn keep(
    vault: Vault,
    answers: Answers,
    mut wanted: watch::Receiver<Wanted>,
    mut poked: mpsc::Receiver<()>,
    show: watch::Sender<Option<Question>>,
) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Where nothing can be ordered, nothing is looked for.
        let is_asked = wanted.borrow().settings.is_some();
        tokio::select! {
            _ = looks.tick(), if is_asked => {}
            Ok(()) = wanted.changed() => {}
            poke = poked.recv() => {
                if poke.is_none() {
                    answers(None);
                    return;
                }
            }
        }
        let is_asked = wanted.borrow().settings.is_some();
        let open = if is_asked { open(&vault).await } else { Ok(None) };
        let open = open.unwrap_or_else(|error| {
            tracing::warn!(%error, "whether an order is open cannot be seen: no question is answered");
            None
        });
        if *show.borrow() == open {
            continue;
        }
        match open.as_ref().map(Question::answer).transpose() {
            Ok(answer) => {
                answers(answer);
                show.send_replace(open);
            }
            Err(error) => tracing::error!(%error, "a question cannot be answered"),
        }
    }
}

/// The question of an order that is under way.
async fn open(vault: &Vault) -> Result<Option<Question>, OrderFailure> {
    // INVARIANT I-24: without an order under way there is no question, and so no answer.
    let Some(question) = vault.question().await? else { return Ok(None) };
    let held = lease::held(vault).await?;
    let is_open = held.is_some_and(|held| held.is_of(&question.lease, (vault.clock)()));
    Ok(is_open.then_some(question))
}
