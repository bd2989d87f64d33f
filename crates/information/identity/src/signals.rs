//! Risk signals that identity raises. Those about failed sign-ins are written by a task: whether there was
//! something to write must not show in how long the answer takes.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::{Mutex, Notify, mpsc};

use sekisho_capability::{Changes, Turns};
use sekisho_model::documents::{Kind, Signal, SignalTarget};
use sekisho_model::{Actor, DeviceId, SignalId, Span, Timestamp, UserId};
use sekisho_store::Expected;

use crate::account::put;
use crate::identity::Inner;
use crate::{Failure, Identity, random};

/// How many signals may wait to be written. One beyond is dropped, and the next failed sign-ins raise it again.
const MOST_WAITING: usize = 1024;

/// The weight that so many failed sign-ins add, where that many is worth telling. Doubling steps keep the writes few.
const fn weight_of_failures(failures: u32) -> Option<u8> {
    match failures {
        3 => Some(10),
        6 => Some(20),
        12 => Some(30),
        24 => Some(40),
        48 => Some(50),
        _ => None,
    }
}

/// The way to the task that writes signals.
pub(crate) struct Signals {
    queue: mpsc::Sender<Signal>,
    wake: Arc<Notify>,
    /// Taken by the task for as long as it runs, and by nobody else.
    inbox: Mutex<mpsc::Receiver<Signal>>,
}

impl Signals {
    /// No signals yet.
    pub(crate) fn new() -> Self {
        let (queue, inbox) = mpsc::channel(MOST_WAITING);
        Self { queue, wake: Arc::default(), inbox: Mutex::new(inbox) }
    }

    /// Notes that a user failed to sign in for the `failures`-th time of late.
    pub(crate) fn failed_sign_ins(&self, user: &UserId, failures: u32, now: Timestamp) -> Result<(), Failure> {
        let Some(weight) = weight_of_failures(failures) else { return Ok(()) };
        let signal = about(user, "failed-sign-ins", "", weight, Span::from_minutes(60), now)?;
        if self.queue.try_send(signal).is_err() {
            tracing::warn!("a signal about failed sign-ins was dropped: too many wait to be written");
        }
        self.wake.notify_one();
        Ok(())
    }
}

/// Writes the signals that wait, turn by turn until the platform stops, and what waits then.
pub(crate) async fn write(identity: Identity, turns: Turns) {
    let Inner { signals, changes, .. } = &*identity.0;
    let mut inbox = signals.inbox.lock().await;
    let mut turns = turns.woken_by(signals.wake.clone());
    while turns.next().await {
        let outcome = write_waiting(changes, &mut inbox).await;
        turns.ended(outcome.map_err(|failure| failure.to_string()));
    }
    // The failure is in the log already.
    let _ = write_waiting(changes, &mut inbox).await;
}

/// Writes the signals that wait. One that cannot be written is lost: the next failed sign-ins raise it again.
async fn write_waiting(changes: &Changes, inbox: &mut mpsc::Receiver<Signal>) -> Result<(), Failure> {
    let mut outcome = Ok(());
    while let Ok(signal) = inbox.try_recv() {
        outcome = raise(changes, signal).await.and(outcome);
    }
    outcome
}

/// A signal about a user: that they came from a device for the first time, for a day.
pub(crate) fn new_device(user: &UserId, device: &DeviceId, now: Timestamp) -> Result<Signal, Failure> {
    about(user, "new-device", device.as_str(), 20, Span::from_minutes(24 * 60), now)
}

/// A signal about a user: that a recovery code was used, for a day.
pub(crate) fn recovery_code_used(user: &UserId, now: Timestamp) -> Result<Signal, Failure> {
    about(user, "recovery-code-used", "", 30, Span::from_minutes(24 * 60), now)
}

/// A signal about a user: that a passkey seems to have been copied, for a week.
pub(crate) fn passkey_copied(user: &UserId, now: Timestamp) -> Result<Signal, Failure> {
    about(user, "passkey-copied", "", 60, Span::from_minutes(7 * 24 * 60), now)
}

fn about(user: &UserId, name: &str, further: &str, weight: u8, lasts: Span, now: Timestamp) -> Result<Signal, Failure> {
    // User names may be as long as a signal's identifier: a digest of what it is about always fits.
    let digest = random::digest_hex(name, &format!("{user}/{further}"));
    let short: String = digest.chars().take(32).collect();
    let id: SignalId = format!("{name}.{short}").parse().map_err(|_| Failure::Unavailable("name a signal"))?;
    Ok(Signal {
        id,
        about: SignalTarget::User(user.clone()),
        name: name.to_owned(),
        weight,
        seen_at: now,
        ends_at: now.plus(lasts),
    })
}

/// Records a signal and puts it in the store.
pub(crate) async fn raise(changes: &Changes, signal: Signal) -> Result<(), Failure> {
    let SignalTarget::User(user) = &signal.about else { return Ok(()) };
    let detail = json!({ "name": signal.name, "weight": signal.weight, "ends_at": signal.ends_at });
    let begun = changes.begin(Actor::System, "signal-raised", format!("user/{user}")).detail(detail);
    begun.write(put(Kind::Signal, signal.id.to_string(), Expected::Any, &signal)?).commit(signal.seen_at).await?;
    Ok(())
}
