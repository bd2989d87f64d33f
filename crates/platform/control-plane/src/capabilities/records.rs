//! The record: decisions and the ledger that holds them, whose head is sealed in the store every second.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use sekisho_capability::metrics::gauge;
use sekisho_capability::{Capability, Readiness, Scope, Services, TaskSpec, seal_ledger};
use sekisho_ledger::Standing;

use crate::acts::table::{DECISIONS_READ, LEDGER_READ};

/// How often the ledger's head is sealed while entries are recorded. Of its end, entries of this time at the most can be cut unseen.
const SEAL_EVERY: Duration = Duration::from_secs(1);

/// The ledger: looking at it and at the decisions in it, how many entries it has, and whether it takes more.
#[must_use]
pub const fn capability<S: AsRef<Services> + 'static>() -> Capability<S> {
    Capability {
        acts: &[DECISIONS_READ, LEDGER_READ],
        tasks: Tasks::<S>::ALL,
        metrics: metrics::<S>,
        ready: ready::<S>,
        ..Capability::named("ledger")
    }
}

fn metrics<S: AsRef<Services>>(state: &S, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let entries = usize::try_from(state.as_ref().ledger.size()).unwrap_or(usize::MAX);
    gauge(encoder, "sekisho_ledger_entries", "Entries of the ledger", entries)
}

/// What cannot be recorded is not permitted: the platform must not be sent requests.
fn ready<S: AsRef<Services>>(state: &S) -> Readiness {
    let why = match state.as_ref().ledger.standing() {
        Standing::Sound => return Readiness::Ready,
        Standing::Full => "the disk of the ledger is full: free some room, and recording resumes by itself",
        Standing::RolledBack => {
            "ALARM: the ledger does not hold what was sealed of it in the store: it was cut, or replaced by an older copy; put the right one back, or run `sekisho ledger accept-rollback`"
        }
        Standing::Failed => "the ledger takes no entries",
    };
    Readiness::Unready(why.to_owned())
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + 'static> Tasks<S> {
    /// In each process: each has a ledger of its own.
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "ledger-seal",
        text: ("Seals the ledger's head in the store", "台帳の先頭ハッシュをストアに封印"),
        every: SEAL_EVERY,
        scope: Scope::Local,
        run: |state, turns| {
            let (services, sealed) = (state.as_ref().clone(), Arc::new(Sealed::default()));
            Box::pin(turns.without_back_off().each(move || {
                let (services, sealed) = (services.clone(), Arc::clone(&sealed));
                async move { sealed.renew(&services).await }
            }))
        },
    }];
}

/// The sizes that the last two turns sealed.
#[derive(Debug, Default)]
struct Sealed {
    last: AtomicU64,
    before: AtomicU64,
}

impl Sealed {
    /// Seals what is new. An act that was committed beside the last turn may have sealed an earlier head after it, so a turn more follows.
    async fn renew(&self, services: &Services) -> Result<(), String> {
        let (last, size) = (self.last.load(Ordering::Relaxed), services.ledger.size());
        if size == last && last == self.before.load(Ordering::Relaxed) {
            return Ok(());
        }
        let sealed = seal_ledger(&services.store, &services.ledger, services.clock.now()).await;
        if let Some(size) = sealed.map_err(|error| error.to_string())? {
            self.before.store(last, Ordering::Relaxed);
            self.last.store(size, Ordering::Relaxed);
        }
        Ok(())
    }
}
