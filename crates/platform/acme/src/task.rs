//! The one task that orders and renews.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_lc_rs::rand;
use sekisho_model::{Span, Timestamp};
use sekisho_store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::answering::{Answering, LOOK};
use crate::certificate::Issued;
use crate::challenge::ChallengeAnswer;
use crate::failure::OrderFailure;
use crate::order::Order;
use crate::schedule::{Dice, ask_again, renew_at, wait_after, within};
use crate::settings::Settings;
use crate::state::{HostProblem, HostState, State};
use crate::vault::Vault;
use crate::{lease, renewal};

/// The clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Shows an answer, the only one there is, or none any more.
pub type Answers = Arc<dyn Fn(Option<ChallengeAnswer>) + Send + Sync>;
/// Takes note of a certificate that was issued, and of the directory that it is from.
pub type Recorder = Arc<dyn Fn(&Issued, &str) + Send + Sync>;

/// How long to wait before an authority that did not answer is asked again for its suggestion.
const ASK_LATER: Span = Span::from_minutes(60);
/// How long passes between two renewals of a host that an authority wants at once.
const NOT_AGAIN: Span = Span::from_minutes(60);

/// What the task is given.
pub struct Parts {
    /// Where account and certificates are kept.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// Shows answers to an authority's question.
    pub answers: Answers,
    /// Takes note of what was issued.
    pub record: Recorder,
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// From which authority; from none, nothing is ordered.
    pub settings: Option<Arc<Settings>>,
    /// For which hosts.
    pub hosts: BTreeSet<String>,
    /// Another number begins anew: what is under way is given up, and what failed is tried at once.
    pub turn: u64,
}

/// The running task. It ends when this is dropped.
pub struct Acme {
    /// What there is.
    pub state: watch::Receiver<Arc<State>>,
    wanted: watch::Sender<Wanted>,
}

struct Task {
    vault: Vault,
    record: Recorder,
    answering: Answering,
    wanted: watch::Receiver<Wanted>,
    now: Wanted,
    publish: watch::Sender<Arc<State>>,
    /// The certificates as they were when this was told by the store.
    kept: BTreeMap<String, Kept>,
    seen: Option<Option<u64>>,
    problems: BTreeMap<String, HostProblem>,
    /// When an authority last wanted a host's certificate to be renewed at once.
    hurried: BTreeMap<String, Timestamp>,
    orders: BTreeMap<&'static str, u64>,
}

struct Kept {
    issued: Arc<Issued>,
    renew_at: Timestamp,
    window: Option<(Timestamp, Timestamp)>,
    ask_at: Timestamp,
}

impl Acme {
    /// Reads what is kept, and starts.
    pub async fn start(parts: Parts, wanted: Wanted) -> Self {
        let Parts { store, clock, answers, record } = parts;
        let vault = Vault { store, clock };
        let (publish, state) = watch::channel(Arc::default());
        let (sender, receiver) = watch::channel(wanted.clone());
        let mut task = Task {
            answering: Answering::start(vault.clone(), answers, receiver.clone()),
            vault,
            record,
            wanted: receiver,
            now: wanted,
            publish,
            kept: BTreeMap::new(),
            seen: None,
            problems: BTreeMap::new(),
            hurried: BTreeMap::new(),
            orders: BTreeMap::new(),
        };
        task.look().await;
        tokio::spawn(task.run());
        Self { state, wanted: sender }
    }

    /// Changes what is wanted.
    pub fn want(&self, change: impl FnOnce(&mut Wanted)) {
        self.wanted.send_modify(change);
    }
}

impl Task {
    async fn run(mut self) {
        loop {
            if self.now.settings.is_none() {
                if self.wanted.changed().await.is_err() {
                    return;
                }
            } else {
                tokio::select! {
                    changed = self.wanted.changed() => {
                        if changed.is_err() {
                            return;
                        }
                    }
                    () = sleep(LOOK) => {}
                }
            }
            self.take_up();
            self.look().await;
            while let Some((settings, host)) = self.due() {
                if !self.attempt(settings, &host).await {
                    break;
                }
                self.take_up();
            }
            self.ask_for_suggestions().await;
        }
    }

    /// Takes up what is wanted now.
    fn take_up(&mut self) {
        let wanted = self.wanted.borrow_and_update().clone();
        if wanted.turn != self.now.turn {
            self.problems.clear();
            self.seen = None;
        }
        self.problems.retain(|host, _| wanted.hosts.contains(host));
        self.now = wanted;
    }

    /// Reads the certificates again if any were kept since, by whatever process, and publishes what there is.
    async fn look(&mut self) {
        if let Some(settings) = self.now.settings.clone()
            && let Err(error) = self.read(&settings).await
        {
            tracing::warn!(%error, "the certificates in the store cannot be read");
        }
        self.publish();
    }

    async fn read(&mut self, settings: &Settings) -> Result<(), OrderFailure> {
        let turn = self.vault.turn().await?;
        if self.seen == Some(turn) {
            return Ok(());
        }
        let certificates = self.vault.certificates(&settings.directory).await?;
        self.seen = Some(turn);
        let mut before = std::mem::take(&mut self.kept);
        for (host, issued) in certificates {
            let same = before.remove(&host).filter(|kept| kept.issued.chain == issued.chain);
            self.kept.insert(host, same.unwrap_or_else(|| self.keep(issued)));
        }
        Ok(())
    }

    fn keep(&self, issued: Issued) -> Kept {
        let renew_at = renew_at(issued.taken, issued.until, dice());
        Kept { issued: Arc::new(issued), renew_at, window: None, ask_at: (self.vault.clock)() }
    }

    fn publish(&self) {
        let now = (self.vault.clock)();
        let mut state = State { orders: self.orders.clone(), ..State::default() };
        for host in self.now.hosts.iter().filter(|_| self.now.settings.is_some()) {
            let kept = self.kept.get(host).filter(|kept| now < kept.issued.until);
            state.certificates.extend(kept.map(|kept| kept.issued.clone()));
            let renew_at = kept.map(|kept| kept.renew_at);
            state.hosts.insert(host.clone(), HostState { renew_at, problem: self.problems.get(host).cloned() });
        }
        self.publish.send_if_modified(|before| {
            let changed = !before.is_as(&state);
            *before = Arc::new(state);
            changed
        });
    }

    /// The next host whose time has come.
    fn due(&self) -> Option<(Arc<Settings>, String)> {
        let (settings, now) = (self.now.settings.clone()?, (self.vault.clock)());
        let is_due = |host: &&String| {
            let may_try = self.problems.get(*host).is_none_or(|problem| problem.next <= now);
            may_try && self.kept.get(*host).is_none_or(|kept| kept.renew_at <= now)
        };
        self.now.hosts.iter().find(is_due).cloned().map(|host| (settings, host))
    }

    /// Tries to get a certificate for a host; whether it was our turn.
    async fn attempt(&mut self, settings: Arc<Settings>, host: &str) -> bool {
        let Some(holder) = nonce() else {
            self.note(host, Err(OrderFailure::Own("the system gives no random bytes".to_owned())));
            return true;
        };
        match lease::take(&self.vault, &holder).await {
            Ok(true) => {}
            Ok(false) => return false,
            Err(failure) => {
                self.note(host, Err(failure));
                return true;
            }
        }
        // Another process may just have ordered it.
        self.look().await;
        if self.due().is_some_and(|(_, due)| due == host) {
            let outcome = self.order(settings, host, &holder).await;
            self.note(host, outcome);
        }
        if let Err(error) = self.vault.answered().await {
            tracing::warn!(%error, "an order has ended, and its question is still in the store");
        }
        lease::give_back(&self.vault, &holder).await;
        if let Err(error) = self.answering.shows(None).await {
            tracing::warn!(%error, "an order has ended, and its answer may still be shown");
        }
        self.look().await;
        true
    }

    /// Carries an order out, for as long as the lease is held and it is wanted.
    async fn order(&mut self, settings: Arc<Settings>, host: &str, holder: &str) -> Result<Issued, OrderFailure> {
        let directory = settings.directory.clone();
        let order = Order {
            settings,
            vault: self.vault.clone(),
            answering: self.answering.clone(),
            lease: holder.to_owned(),
            host: host.to_owned(),
            replaces: self.kept.get(host).and_then(|kept| kept.issued.chain.first().cloned()),
        };
        // In a task of its own: what an authority sends must not be able to end this one.
        let mut carrying = Carrying(tokio::spawn(order.carry_out()));
        let (turn, mut wanted, vault) = (self.now.turn, self.wanted.clone(), self.vault.clone());
        let mut lost = std::pin::pin!(lease::hold(&vault, holder));
        let mut given_up = std::pin::pin!(async move { drop(wanted.wait_for(|wanted| wanted.turn != turn).await) });
        let issued = loop {
            tokio::select! {
                outcome = &mut carrying.0 => {
                    break outcome.unwrap_or_else(|error| Err(OrderFailure::Own(error.to_string())))?;
                }
                lost = &mut lost => return Err(lost),
                () = &mut given_up => {
                    return Err(OrderFailure::Own("the configuration was read again".to_owned()));
                }
                // What ends meanwhile, or comes from another process, does not wait for a slow authority.
                () = sleep(LOOK) => self.look().await,
            }
        };
        (self.record)(&issued, &directory);
        Ok(issued)
    }

    /// Counts an outcome, and plans the next attempt.
    fn note(&mut self, host: &str, outcome: Result<Issued, OrderFailure>) {
        let (kind, now) = (outcome.as_ref().map_or_else(OrderFailure::kind, |_| "issued"), (self.vault.clock)());
        *self.orders.entry(kind).or_default() += 1;
        match outcome {
            Ok(issued) => {
                tracing::info!(host, until = %issued.until, "a certificate was issued");
                self.problems.remove(host);
            }
            Err(failure) => {
                let failures = self.problems.get(host).map_or(0, |problem| problem.failures).saturating_add(1);
                let next = now.plus(wait_after(&failure, failures, dice()));
                let text = failure.to_string();
                tracing::warn!(host, error = text, %next, "no certificate was issued; it is tried again");
                self.problems.insert(host.to_owned(), HostProblem { kind, text, next, failures });
            }
        }
    }

    /// Asks when to renew, for each certificate for which it is time to ask.
    async fn ask_for_suggestions(&mut self) {
        let (Some(settings), now) = (self.now.settings.clone(), (self.vault.clock)()) else { return };
        let time_to_ask = |(host, kept): &(&String, &mut Kept)| self.now.hosts.contains(*host) && kept.ask_at <= now;
        let Some((host, kept)) = self.kept.iter_mut().find(time_to_ask) else { return };
        let Some(leaf) = kept.issued.chain.first().cloned() else { return };
        let vault = self.vault.clone();
        let mut asking = Carrying(tokio::spawn(async move { renewal::ask(&settings, &vault, &leaf).await }));
        match (&mut asking.0).await.unwrap_or_else(|error| Err(OrderFailure::Own(error.to_string()))) {
            Ok(suggestion) => {
                kept.ask_at = now.plus(ask_again(suggestion.again));
                // The moment is chosen once for each window, so that asking often does not draw it near.
                if let Some((start, end)) = suggestion.window.filter(|window| kept.window != Some(*window)) {
                    kept.window = Some((start, end));
                    let issued = &kept.issued;
                    kept.renew_at = within((start, end), (issued.taken, issued.until), dice());
                    if kept.renew_at <= now {
                        let last = self.hurried.insert(host.clone(), now);
                        kept.renew_at = last.map_or(now, |last| last.plus(NOT_AGAIN).max(now));
                    }
                }
            }
            Err(error) => {
                tracing::warn!(host, %error, "the authority does not say when to renew");
                kept.ask_at = now.plus(ASK_LATER);
            }
        }
    }
}

/// A task that ends with this value.
struct Carrying<T>(JoinHandle<T>);

impl<T> Drop for Carrying<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn dice() -> Dice {
    let mut bytes = [0; 2];
    // Without random bytes there is no jitter.
    let _ = rand::fill(&mut bytes);
    Dice(u16::from_le_bytes(bytes))
}

/// A name for one lease that nobody else has.
fn nonce() -> Option<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).ok()?;
    Some(hex::encode(bytes))
}
