//! The platform's clock: the last time that was seen is kept in the store, and a clock that cannot be right is an alarm.

use std::marker::PhantomData;
use std::time::Duration;

use sekisho_capability::{
    Capability, Clock, ClockStanding, Readiness, Scope, Services, TaskSpec, Turns, keep_last_seen,
};
use sekisho_ledger::{Ledger, LedgerError};
use sekisho_model::{Act, Actor, Record, Span, Timestamp};
use sekisho_store::Store;
use serde_json::{Value, json};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often the last time is kept. What expired within this time before a crash may be valid after it.
const KEEP: Span = Span::from_seconds(60);
const TARGET: &str = "platform/clock";

/// The clock: keeping the last time that was seen, recording when the clock cannot be right and when it can again.
#[must_use]
pub const fn capability<S: AsRef<Services> + 'static>() -> Capability<S> {
    Capability { tasks: Tasks::<S>::ALL, ready: ready::<S>, ..Capability::named("clock") }
}

/// Goes by the clock as it is from here on: records who decided it, and keeps its time as the last that was seen.
///
/// # Errors
/// When it cannot be recorded: the clock is then not gone by.
pub async fn accept(store: &Store, ledger: &Ledger, clock: &Clock, actor: Actor) -> Result<Value, String> {
    let before = clock.now();
    let detail = json!({ "standing": shown(clock.standing()), "went_by": before });
    record(ledger, (actor, "clock-accepted"), detail, before).await.map_err(|error| error.to_string())?;
    clock.accept();
    let now = clock.now();
    keep_last_seen(store, ledger.sealed_as().unwrap_or_default(), now).await.map_err(|error| error.to_string())?;
    Ok(json!({ "went_by": before, "now": now }))
}

fn ready<S: AsRef<Services>>(state: &S) -> Readiness {
    match state.as_ref().clock.standing() {
        ClockStanding::Plausible => Readiness::Ready,
        off => Readiness::Unready(format!(
            "ALARM: the system's clock is {}; decisions go by the time that passed: correct the clock, or run `sekisho clock accept` when it is right",
            shown(off)
        )),
    }
}

fn shown(standing: ClockStanding) -> String {
    match standing {
        ClockStanding::Plausible => "plausible".to_owned(),
        ClockStanding::Ahead(millis) => format!("{} s ahead", millis / 1000),
        ClockStanding::Behind(millis) => format!("{} s behind", millis / 1000),
    }
}

async fn record(ledger: &Ledger, (actor, act): (Actor, &str), detail: Value, at: Timestamp) -> Result<(), LedgerError> {
    let (act, target) = (act.to_owned(), TARGET.to_owned());
    ledger.append(Record::Act(Act { at, actor, act, target, detail })).await.map(drop)
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + 'static> Tasks<S> {
    /// In each process: each machine has a clock of its own.
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "clock-watch",
        text: ("Watches the system's clock", "システム時計の監視"),
        every: LOOK,
        scope: Scope::Local,
        run: |state, turns| Box::pin(watch(state.as_ref().clone(), turns.without_back_off())),
    }];
}

async fn watch(services: Services, mut turns: Turns) {
    let (mut alarmed, mut kept) = (false, None);
    while turns.next().await {
        turns.ended(look(&services, &mut alarmed, &mut kept).await);
    }
    if services.clock.standing() == ClockStanding::Plausible {
        // A store that is gone at the end keeps what it has.
        let _ = keep(&services, services.clock.now()).await;
    }
}

async fn keep(services: &Services, now: Timestamp) -> Result<(), String> {
    let kept = keep_last_seen(&services.store, services.ledger.sealed_as().unwrap_or_default(), now).await;
    kept.map_err(|error| error.to_string())
}

/// Records a change of the clock's standing, and keeps the time once a minute.
async fn look(services: &Services, alarmed: &mut bool, kept: &mut Option<Timestamp>) -> Result<(), String> {
    let (standing, now) = (services.clock.standing(), services.clock.now());
    let is_off = standing != ClockStanding::Plausible;
    if is_off != *alarmed {
        let act = if is_off { "clock-implausible" } else { "clock-plausible" };
        tracing::error!(standing = shown(standing), "ALARM: the system's clock changed its standing");
        let recorded =
            record(&services.ledger, (Actor::System, act), json!({ "standing": shown(standing) }), now).await;
        recorded.map_err(|error| error.to_string())?;
        *alarmed = is_off;
    }
    if is_off || kept.is_some_and(|kept| now < kept.plus(KEEP)) {
        return Ok(());
    }
    keep(services, now).await?;
    *kept = Some(now);
    Ok(())
}
