//! The task that orders and renews.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_capability::{Entropy, Leases, Services, Turns};
use sekisho_model::{Span, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::acme::{Acme, LEASE, LOOK, Wanted};
use crate::certificate::Issued;
use crate::failure::OrderFailure;
use crate::order::Order;
use crate::renewal;
use crate::schedule::{Dice, ask_again, renew_at, wait_after, within};
use crate::settings::Settings;
use crate::state::{HostProblem, HostState, State};
use crate::vault::Vault;

/// How long to wait before an authority that did not answer is asked again for its suggestion.
const ASK_LATER: Span = Span::from_minutes(60);
/// How long passes between two renewals of a host that an authority wants at once.
const NOT_AGAIN: Span = Span::from_minutes(60);

/// Orders and renews in turns until the platform stops.
pub(crate) async fn run(acme: Acme, services: Services, mut turns: Turns) {
    let mut ordering = Ordering::new(acme, services);
    while turns.next().await {
        let outcome = ordering.turn().await;
        turns.ended(outcome.map_err(|error| format!("the certificates in the store cannot be read: {error}")));
    }
}

/// The state of the one task that orders.
pub(crate) struct Ordering {
    vault: Vault,
    acme: Acme,
    wanted: watch::Receiver<Wanted>,
    now: Wanted,
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

impl Ordering {
    pub(crate) fn new(acme: Acme, services: Services) -> Self {
        let wanted = acme.wanted();
        let now = wanted.borrow().clone();
        Self {
            vault: Vault { services },
            now,
            wanted,
            acme,
            kept: BTreeMap::new(),
            seen: None,
            problems: BTreeMap::new(),
            hurried: BTreeMap::new(),
            orders: BTreeMap::new(),
        }
    }

    /// Takes up what is wanted, orders what is due and asks for suggestions. Fails when the store cannot be read; an order that fails
    /// is a problem of its host.
    async fn turn(&mut self) -> Result<(), OrderFailure> {
        self.take_up();
        let read = self.look().await;
        while let Some((settings, host)) = self.due() {
            if !self.attempt(settings, &host).await {
                break;
            }
            self.take_up();
        }
        self.ask_for_suggestions().await;
        read
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

    /// Reads the certificates again if a process stored any since, and publishes what there is.
    pub(crate) async fn look(&mut self) -> Result<(), OrderFailure> {
        let read = match self.now.settings.clone() {
            Some(settings) => self.read(&settings).await,
            None => Ok(()),
        };
        self.publish();
        read
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
        let renew_at = renew_at(issued.taken, issued.until, dice(self.vault.services.entropy));
        Kept { issued: Arc::new(issued), renew_at, window: None, ask_at: self.vault.now() }
    }

    fn publish(&self) {
        let now = self.vault.now();
        let mut state = State { orders: self.orders.clone(), ..State::default() };
        for host in self.now.hosts.iter().filter(|_| self.now.settings.is_some()) {
            let kept = self.kept.get(host).filter(|kept| now < kept.issued.until);
            state.certificates.extend(kept.map(|kept| kept.issued.clone()));
            let renew_at = kept.map(|kept| kept.renew_at);
            state.hosts.insert(host.clone(), HostState { renew_at, problem: self.problems.get(host).cloned() });
        }
        self.acme.publish(state);
    }

    /// The next host whose time has come.
    fn due(&self) -> Option<(Arc<Settings>, String)> {
        let (settings, now) = (self.now.settings.clone()?, self.vault.now());
        let is_due = |host: &&String| {
            let may_try = self.problems.get(*host).is_none_or(|problem| problem.next <= now);
            may_try && self.kept.get(*host).is_none_or(|kept| kept.renew_at <= now)
        };
        self.now.hosts.iter().find(is_due).cloned().map(|host| (settings, host))
    }

    /// Tries to get a certificate for a host; whether it was our turn.
    async fn attempt(&mut self, settings: Arc<Settings>, host: &str) -> bool {
        let Some(holder) = nonce(self.vault.services.entropy) else {
            self.note(host, Err(OrderFailure::Own("the system gives no random bytes".to_owned())));
            return true;
        };
        let leases = self.vault.services.leases.named(&holder);
        match leases.take(LEASE).await {
            Ok(true) => {}
            Ok(false) => return false,
            Err(error) => {
                self.note(host, Err(error.into()));
                return true;
            }
        }
        // Another process may just have ordered it. What cannot be read now is read in the next turn.
        let _ = self.look().await;
        if self.due().is_some_and(|(_, due)| due == host) {
            let outcome = self.order(settings, host, &leases).await;
            self.note(host, outcome);
        }
        if let Err(error) = self.vault.answered().await {
            tracing::warn!(%error, "an order has ended, and its question is still in the store");
        }
        leases.give_back(LEASE).await;
        if let Err(error) = self.acme.shows(None).await {
            tracing::warn!(%error, "an order has ended, and its answer may still be shown");
        }
        let _ = self.look().await;
        true
    }

    /// Carries an order out, for as long as the lease is held and it is wanted.
    async fn order(&mut self, settings: Arc<Settings>, host: &str, leases: &Leases) -> Result<Issued, OrderFailure> {
        let order = Order {
            settings,
            vault: self.vault.clone(),
            acme: self.acme.clone(),
            lease: leases.holder().to_owned(),
            host: host.to_owned(),
            replaces: self.kept.get(host).and_then(|kept| kept.issued.chain.first().cloned()),
        };
        // In a task of its own: what an authority sends must not be able to end this one.
        let mut carrying = Carrying(tokio::spawn(order.carry_out()));
        let (turn, mut wanted) = (self.now.turn, self.wanted.clone());
        let mut lost = std::pin::pin!(leases.hold(LEASE));
        let mut given_up = std::pin::pin!(async move { drop(wanted.wait_for(|wanted| wanted.turn != turn).await) });
        loop {
            tokio::select! {
                outcome = &mut carrying.0 => {
                    return outcome.unwrap_or_else(|error| Err(OrderFailure::Own(error.to_string())));
                }
                lost = &mut lost => return Err(match lost {
                    Some(error) => error.into(),
                    None => OrderFailure::Own("another process has taken the right to order".to_owned()),
                }),
                () = &mut given_up => {
                    return Err(OrderFailure::Own("the configuration was read again".to_owned()));
                }
                // What ends meanwhile, or comes from another process, does not wait for a slow authority.
                () = sleep(LOOK) => drop(self.look().await),
            }
        }
    }

    /// Counts an outcome, and plans the next attempt.
    fn note(&mut self, host: &str, outcome: Result<Issued, OrderFailure>) {
        let (kind, now) = (outcome.as_ref().map_or_else(OrderFailure::kind, |_| "issued"), self.vault.now());
        *self.orders.entry(kind).or_default() += 1;
        match outcome {
            Ok(issued) => {
                tracing::info!(host, until = %issued.until, "a certificate was issued");
                self.problems.remove(host);
            }
            Err(failure) => {
                let failures = self.problems.get(host).map_or(0, |problem| problem.failures).saturating_add(1);
                let next = now.plus(wait_after(&failure, failures, dice(self.vault.services.entropy)));
                let text = failure.to_string();
                tracing::warn!(host, error = text, %next, "no certificate was issued; it is tried again");
                self.problems.insert(host.to_owned(), HostProblem { kind, text, next, failures });
            }
        }
    }

    /// Asks when to renew, for each certificate for which it is time to ask.
    async fn ask_for_suggestions(&mut self) {
        let (Some(settings), now) = (self.now.settings.clone(), self.vault.now()) else { return };
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
                    kept.renew_at =
                        within((start, end), (issued.taken, issued.until), dice(self.vault.services.entropy));
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

fn dice(entropy: Entropy) -> Dice {
    // Without random bytes there is no jitter.
    Dice(entropy.bytes().map_or(0, |bytes| u16::from_le_bytes(*bytes)))
}

/// A name for one lease that nobody else has.
fn nonce(entropy: Entropy) -> Option<String> {
    Some(hex::encode(entropy.bytes::<16>().ok()?.as_slice()))
}
