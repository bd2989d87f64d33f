//! How this process stands: what `/readyz` answers, and what the API's status shows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sekisho_api::{Standing, StandingCall};
use sekisho_capability::Readiness;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::observe::Observed;
use crate::capabilities;

/// How long the store may take to answer before the platform is not ready.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// Answers how this process stands, to the API, until nobody can ask any more.
pub(super) async fn answer(observed: Observed, mut asked: mpsc::Receiver<StandingCall>) {
    while let Some(answer) = asked.recv().await {
        // The request may have ended meanwhile.
        let _ = answer.send(standing(&observed).await);
    }
}

/// How this process stands now.
pub(super) async fn standing(observed: &Observed) -> Standing {
    let confirmed = *observed.control_plane.publication.alive.borrow();
    let store = timeout(STORE_PATIENCE, observed.control_plane.store.revision()).await;
    let world = observed.control_plane.world();
    let is_held = observed.tuning.lease_holds(confirmed, observed.control_plane.clock.now());
    let checks = [("world", is_held && world.unreadable_kind().is_none()), ("store", matches!(store, Ok(Ok(_))))];
    let mut standing = Standing {
        ready: false,
        checks: checks.into_iter().map(|(name, good)| (name.to_owned(), good)).collect(),
        unready: [].into(),
        impaired: [].into(),
        tasks: observed.state.tasks.borrow().clone(),
        unknown_kinds: world.unknown_kinds().map(ToString::to_string).collect(),
    };
    for capability in capabilities::ALL {
        match (capability.ready)(&observed.state) {
            Readiness::Ready => {}
            Readiness::Impaired(why) => drop(standing.impaired.insert(capability.name.to_owned(), why)),
            Readiness::Unready(why) => drop(standing.unready.insert(capability.name.to_owned(), why)),
        }
    }
    if let Some(why) = little_room(observed) {
        standing.impaired.insert("disk".to_owned(), why);
    }
    standing.ready = standing.checks.values().all(|good| *good) && standing.unready.is_empty();
    standing
}

/// What is said when the disk of the data folder is nearly full.
fn little_room(observed: &Observed) -> Option<String> {
    let free = observed.control_plane.ledger.free_bytes().ok()? >> 20;
    let warning = observed.disk_warning.load(Ordering::Relaxed);
    (free < warning).then(|| {
        format!(
            "{free} MiB are free on the disk of the data folder: free some room, nothing is permitted once it is full"
        )
    })
}
