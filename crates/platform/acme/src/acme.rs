//! The handle on the two tasks: what is wanted, what there is, and which answer is shown.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sekisho_capability::Services;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::challenge::{ChallengeAnswer, Question};
use crate::failure::OrderFailure;
use crate::ordering::Ordering;
use crate::settings::Settings;
use crate::state::State;

/// How often each task looks at the store.
pub(crate) const LOOK: Duration = Duration::from_secs(1);
/// The lease under which one process orders at a time.
pub(crate) const LEASE: &str = "acme-orders";
/// How long an answer may take to be shown.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows an answer to the authority, or none any more. There is one answer at a time.
pub type Answers = Arc<dyn Fn(Option<ChallengeAnswer>) + Send + Sync>;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// From which authority; from none, nothing is ordered.
    pub settings: Option<Arc<Settings>>,
    /// For which hosts.
    pub hosts: BTreeSet<String>,
    /// A new number gives up the order that runs, and tries at once what failed.
    pub turn: u64,
}

/// Certificates from an ACME authority. Clones share it. Its tasks are those of [`capability`](crate::capability).
#[derive(Clone)]
pub struct Acme(Arc<Shared>);

struct Shared {
    state: watch::Sender<Arc<State>>,
    wanted: watch::Sender<Wanted>,
    /// The question whose answer is shown.
    shown: watch::Sender<Option<Question>>,
    answers: Answers,
    order: Arc<Notify>,
    answer: Arc<Notify>,
}

impl Acme {
    /// Reads the certificates that are stored. `answers` shows answers on the listener of this process.
    pub async fn open(services: &Services, answers: Answers, wanted: Wanted) -> Self {
        let shared = Shared {
            state: watch::Sender::new(Arc::default()),
            wanted: watch::Sender::new(wanted),
            shown: watch::Sender::new(None),
            answers,
            order: Arc::default(),
            answer: Arc::default(),
        };
        let acme = Self(Arc::new(shared));
        if let Err(error) = Ordering::new(acme.clone(), services.clone()).look().await {
            tracing::warn!(%error, "the certificates in the store cannot be read");
        }
        acme
    }

    /// What there is.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<Arc<State>> {
        self.0.state.subscribe()
    }

    /// Changes what is wanted.
    pub fn want(&self, change: impl FnOnce(&mut Wanted)) {
        self.0.wanted.send_modify(change);
        self.0.order.notify_one();
        self.0.answer.notify_one();
    }

    pub(crate) fn wanted(&self) -> watch::Receiver<Wanted> {
        self.0.wanted.subscribe()
    }

    /// What begins a turn of the ordering task.
    pub(crate) fn order_wake(&self) -> Arc<Notify> {
        self.0.order.clone()
    }

    /// What begins a turn of the answering task.
    pub(crate) fn answer_wake(&self) -> Arc<Notify> {
        self.0.answer.clone()
    }

    pub(crate) fn publish(&self, state: State) {
        self.0.state.send_if_modified(|before| {
            let changed = !before.is_as(&state);
            *before = Arc::new(state);
            changed
        });
    }

    /// Shows the answer to this question, or none, unless that is shown already.
    pub(crate) fn show(&self, question: Option<Question>) -> Result<(), OrderFailure> {
        if *self.0.shown.borrow() != question {
            (self.0.answers)(question.as_ref().map(Question::answer).transpose()?);
            self.0.shown.send_replace(question);
        }
        Ok(())
    }

    /// Wakes the answering task, and returns when exactly this is shown.
    pub(crate) async fn shows(&self, question: Option<&Question>) -> Result<(), OrderFailure> {
        self.0.answer.notify_one();
        let mut shown = self.0.shown.subscribe();
        let seen = timeout(PATIENCE, shown.wait_for(|shown| shown.as_ref() == question)).await;
        match seen {
            Ok(Ok(_)) => Ok(()),
            _ => Err(OrderFailure::Own("the answer to the authority's question is not shown".to_owned())),
        }
    }
}

impl fmt::Debug for Acme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acme")
    }
}
